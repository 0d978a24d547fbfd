using System.Management.Automation;
using System.Management.Automation.Language;
using System.Management.Automation.Runspaces;
using System.Runtime.CompilerServices;

namespace EtlTools.Cmdlets.Runspaces;

/// <summary>One script block in one worker, as a pipeline that stays open and gets one record at a time.</summary>
/// <param name="block">The block, as a filter.</param>
/// <param name="what">What messages call it.</param>
/// <param name="arguments">Its arguments.</param>
/// <param name="column">The column that it computes, if it does.</param>
internal sealed class BlockStep(ScriptBlockAst block, string what, object?[] arguments, string? column = null) : IDisposable
{
    // Dot-sourced, so that the block's variables live as long as the worker.
    private const string Step = "param($EtlBlock, $EtlArguments) . $EtlBlock @EtlArguments";
    private const string TakingStep = "param($EtlBlock, $EtlArguments, $EtlTaker) . $EtlBlock @EtlArguments | Receive-EtlOutput -Taker $EtlTaker";

    private ScriptBlock? _block;
    private ScriptBlock? _step;
    private SteppablePipeline? _pipeline;

    public string What => what;

    public string? Column => column;

    /// <summary>Takes each object when the block emits it; null where all are returned together.</summary>
    public Action<object?>? Taker { get; init; }

    /// <summary>Runs the block for a record.</summary>
    /// <returns>What it emitted, if nothing takes it before.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public Array Process(EtlRecord record)
    {
        if (_pipeline is null)
        {
            _block ??= FilterBlock.OfOneWorker(block);
            _pipeline = NewPipeline(_block);
            _pipeline.Begin(expectInput: true);
        }
        return _pipeline.Process(record);
    }

    /// <summary>PowerShell reads the arguments of a steppable pipeline only where its text is trusted. So this constant text is
    /// made trusted; the user's block is not, and everything of it, its parameters' attributes included, is made and run in the
    /// session's own mode.</summary>
    private SteppablePipeline NewPipeline(ScriptBlock filter)
    {
        _step ??= NewTrustedStep(Runspace.DefaultRunspace.SessionStateProxy);
        return _step.GetSteppablePipeline(CommandOrigin.Internal, [filter, arguments, Taker]);
    }

    private ScriptBlock NewTrustedStep(SessionStateProxy session)
    {
        PSLanguageMode mode = session.LanguageMode;
        session.LanguageMode = PSLanguageMode.FullLanguage;
        try
        {
            return ScriptBlock.Create(Taker is null ? Step : TakingStep);
        }
        finally
        {
            session.LanguageMode = mode;
        }
    }

    /// <summary>The pipeline threw and is gone; the next record gets a new one in the same runspace.</summary>
    public void Reset()
    {
        _pipeline?.Dispose();
        _pipeline = null;
    }

    public void Dispose() => Reset();
}
