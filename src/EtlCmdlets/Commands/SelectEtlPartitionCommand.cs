using System.Management.Automation;
using EtlTools.Cmdlets.Completion;
using EtlTools.Cmdlets.Pipeline;
using EtlTools.Engine;
using EtlTools.Engine.Partitions;
using EtlTools.Engine.Records;
using EtlTools.Engine.Stages;

namespace EtlTools.Cmdlets;

/// <summary>Passes on what is one share's: records by their key, or of a list every n-th.</summary>
[Cmdlet(VerbsCommon.Select, "EtlPartition")]
[OutputType(typeof(EtlRecord))]
public sealed class SelectEtlPartitionCommand : EtlInputCommand
{
    private RecordPoolStage? _stage;
    private long _seen;

    /// <summary>The share, as Get-EtlPartition says.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [ValidateNotNull]
    public EtlPartition Partition { get; set; } = null!;

    /// <summary>The columns of the loader's -Key, as the records name them. Without them what comes is a list.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ColumnCompleter))]
    public string[] Key { get; set; } = [];

    private protected override IRecordInput Input => _stage!;

    internal override bool HasFixedColumns => Previous?.HasFixedColumns == true;

    private protected override void OnBegin()
    {
        if (Key.Length > 0)
            OpenStage(NewStage);
    }

    private protected override void OnInputWithoutStage(object? input)
    {
        if ((input as PSObject)?.BaseObject is EtlRecord || input is EtlRecord)
            throw new EtlException(FailureCodes.PartitionImpossible, FailureKind.InvalidCall, "-Key is required: all records with the same key go to the same share, in order.");
        if (_seen++ % Partition.Count == Partition.Index)
            WriteObject(input);
    }

    private RecordPoolStage NewStage()
    {
        var selection = new RecordSelection(Partition.Partition, Key);
        if (!Partition.Partition.IsWhole)
            Context.Run.Select(selection);
        // One worker, which sees the records in their order.
        StageOptions size = SizeOfStage with { ThrottleLimit = 1 };
        return _stage = new RecordPoolStage("Select-EtlPartition", size, Context.Run.Time, port => RunAsync(port, selection));
    }

    private static async Task RunAsync(WorkerPort<RecordChunk> port, RecordSelection selection)
    {
        await foreach (RecordChunk chunk in port.Input.ReadAllAsync(port.Stopping).ConfigureAwait(false))
        {
            long begunAt = port.Time.GetTimestamp();
            foreach (Record record in chunk.Input)
            {
                if (selection.Takes(record))
                    chunk.Output.Add(record);
                else
                    chunk.Filtered++;
            }
            port.Finish(chunk, port.Time.GetElapsedTime(begunAt));
        }
    }
}
