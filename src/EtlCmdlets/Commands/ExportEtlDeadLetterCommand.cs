using System.Management.Automation;
using EtlTools.Cmdlets.Arguments;
using EtlTools.Cmdlets.Completion;
using EtlTools.Cmdlets.Pipeline;
using EtlTools.Engine;
using EtlTools.Engine.Load;
using EtlTools.Engine.Records;
using EtlTools.Engine.Stages;

namespace EtlTools.Cmdlets;

/// <summary>
/// Writes failed records to a dead letter in the middle of a pipeline and passes the good ones on, so that other commands may
/// follow. With -Code good records are written as failed ones, too.
/// </summary>
[Cmdlet(VerbsData.Export, "EtlDeadLetter")]
[OutputType(typeof(EtlRecord))]
public sealed class ExportEtlDeadLetterCommand : EtlInputCommand
{
    private RecordPoolStage? _stage;

    /// <summary>The file: one JSON line a record.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [Alias("DeadLetterPath")]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = "";

    /// <summary>A code of your own: every record that comes is then a failed one, and is written.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ErrorCodeCompleter))]
    public string? Code { get; set; }

    /// <summary>What is wrong with the records, beside -Code.</summary>
    [Parameter]
    public string Message { get; set; } = "";

    /// <summary>The column that is wrong, beside -Code.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ColumnCompleter))]
    public string? Column { get; set; }

    /// <inheritdoc/>
    public override string? DeadLetterPath { get => Path; set => Path = value ?? ""; }

    internal override bool ForwardsFailures => false;

    private protected override IRecordInput Input => _stage!;

    private protected override void OnBegin()
    {
        string[] needing = [nameof(Message), nameof(Column)];
        if (Code is null && Array.Find(needing, IsGiven) is { } alone)
            throw new EtlException(FailureCodes.InvalidParameter, FailureKind.InvalidCall, $"-{alone} describes the failure that -Code names. Add -Code, with which every record is a failed one, or leave out -{alone}.");
        OpenStage(() => _stage = new RecordPoolStage("Export-EtlDeadLetter", SizeOfStage, Context.Run.Time, RunAsync));
    }

    private async Task RunAsync(WorkerPort<RecordChunk> port)
    {
        await foreach (RecordChunk chunk in port.Input.ReadAllAsync(port.Stopping).ConfigureAwait(false))
        {
            long begunAt = port.Time.GetTimestamp();
            foreach (Record record in chunk.Input)
                chunk.Output.Add(Code is null || record.Error is not null ? record : record.Fail(port.NewError(Code, Message, Column)));
            port.Finish(chunk, port.Time.GetElapsedTime(begunAt));
        }
    }
}
