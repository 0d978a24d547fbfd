using System.Management.Automation;
using System.Runtime.CompilerServices;
using EtlTools.Engine;
using EtlTools.Engine.Telemetry;

namespace EtlTools.Cmdlets.Pipeline;

/// <summary>
/// The base of every command of the module. All its output passes the session's redactor, and an unexpected exception becomes an error
/// without its text, which may contain values.
/// </summary>
public abstract class EtlCmdlet : PSCmdlet
{
    /// <summary>True while PowerShell's own code runs in a Write call. It stays true if that throws.</summary>
    private bool _isTelling;

    private static Redactor Redactor => EtlSession.Current.Redactor;

    /// <inheritdoc/>
    protected sealed override void BeginProcessing() => Run(OnBegin);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected sealed override void ProcessRecord()
    {
        // As in Run, but without a delegate for each object.
        try
        {
            OnRecord();
        }
        catch (PipelineStoppedException)
        {
            OnStopped();
            throw;
        }
        catch (Exception e) when (IsOurs(e))
        {
            throw Ended(e);
        }
    }

    /// <inheritdoc/>
    protected sealed override void EndProcessing() => Run(OnEnd);

    /// <summary>Before the first object of the pipeline.</summary>
    private protected virtual void OnBegin()
    {
    }

    /// <summary>For each object of the pipeline, or once without one.</summary>
    private protected virtual void OnRecord()
    {
    }

    /// <summary>After the last object.</summary>
    private protected virtual void OnEnd()
    {
    }

    /// <summary>PowerShell ends the pipeline: the user stops it, a later command needs no more input, or an error has been written that
    /// ends it.</summary>
    private protected virtual void OnStopped()
    {
    }

    /// <summary>The failure that an exception is for the user; null if the command ends as a stopped pipeline does.</summary>
    private protected virtual EtlException? EndingOf(Exception exception) => ErrorRecords.FailureOf(exception);

    /// <summary>The error that ends the command.</summary>
    private protected virtual ErrorRecord EndingError(EtlException failure) => ErrorRecords.Of(failure);

    /// <summary>Whether the call gave a parameter, with whatever value.</summary>
    internal bool IsGiven(string parameter) => MyInvocation.BoundParameters.ContainsKey(parameter);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal new void WriteObject(object? value)
    {
        _isTelling = true;
        base.WriteObject(value);
        _isTelling = false;
    }

    internal new void WriteObject(object? value, bool enumerateCollection)
    {
        _isTelling = true;
        base.WriteObject(value, enumerateCollection);
        _isTelling = false;
    }

    internal new void WriteError(ErrorRecord errorRecord)
    {
        ErrorRecord shown = ErrorRecords.ForUser(errorRecord, Redactor);
        _isTelling = true;
        base.WriteError(shown);
        _isTelling = false;
    }

    /// <summary>Writes an error of somebody else as it is, but for secrets in its text.</summary>
    internal void PassOn(ErrorRecord error)
    {
        ErrorRecord shown = StreamRecords.Redacted(error, Redactor);
        _isTelling = true;
        base.WriteError(shown);
        _isTelling = false;
    }

    internal new void ThrowTerminatingError(ErrorRecord errorRecord) => base.ThrowTerminatingError(ErrorRecords.ForUser(errorRecord, Redactor));

    internal new void WriteWarning(string text) => Tell(base.WriteWarning, text);

    internal new void WriteVerbose(string text) => Tell(base.WriteVerbose, text);

    internal new void WriteDebug(string text) => Tell(base.WriteDebug, text);

    internal new void WriteInformation(InformationRecord record)
    {
        InformationRecord shown = StreamRecords.Redacted(record, Redactor);
        _isTelling = true;
        base.WriteInformation(shown);
        _isTelling = false;
    }

    internal new void WriteProgress(ProgressRecord progress)
    {
        StreamRecords.Redact(progress, Redactor);
        _isTelling = true;
        base.WriteProgress(progress);
        _isTelling = false;
    }

    internal new bool ShouldProcess(string target, string action)
    {
        (target, action) = (Redactor.Redact(target), Redactor.Redact(action));
        _isTelling = true;
        bool should = base.ShouldProcess(target, action);
        _isTelling = false;
        return should;
    }

    internal new bool ShouldProcess(string description, string question, string caption, out ShouldProcessReason reason)
    {
        (description, question) = (Redactor.Redact(description), Redactor.Redact(question));
        _isTelling = true;
        bool should = base.ShouldProcess(description, question, caption, out reason);
        _isTelling = false;
        return should;
    }

    private void Tell(Action<string> write, string text)
    {
        string shown = Redactor.Redact(text);
        _isTelling = true;
        write(shown);
        _isTelling = false;
    }

    private void Run(Action step)
    {
        try
        {
            step();
        }
        catch (PipelineStoppedException)
        {
            OnStopped();
            throw;
        }
        catch (Exception e) when (IsOurs(e))
        {
            throw Ended(e);
        }
    }

    private PipelineStoppedException Ended(Exception exception)
    {
        if (EndingOf(exception) is { } failure)
            ThrowTerminatingError(EndingError(failure));
        return new PipelineStoppedException();
    }

    /// <summary>False for exceptions that a later command or the user threw inside a Write call.</summary>
    private bool IsOurs(Exception exception) => !_isTelling || exception is EtlException;
}
