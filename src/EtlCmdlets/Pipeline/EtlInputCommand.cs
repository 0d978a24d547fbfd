using System.Management.Automation;
using EtlTools.Engine.Records;
using EtlTools.Engine.Stages;

namespace EtlTools.Cmdlets.Pipeline;

/// <summary>A command that takes records from the pipeline.</summary>
public abstract class EtlInputCommand : EtlCommand
{
    private readonly RecordReader _reader = new();

    /// <summary>The records: of an Etl command, or any object: PSCustomObject, hashtable, DataRow, a class instance.</summary>
    [Parameter(ValueFromPipeline = true)]
    [AllowNull]
    public object? InputObject { get; set; }

    private protected abstract IRecordInput Input { get; }

    /// <inheritdoc/>
    protected sealed override void ProcessRecord()
    {
        if (!IsOpen || (InputObject is null && !MyInvocation.ExpectingInput))
            return;
        try
        {
            if ((InputObject as EtlPulse ?? (InputObject as PSObject)?.BaseObject as EtlPulse) is { } pulse)
                Pump.Pulse(Input, pulse);
            else
                Pump.Post(Input, ReadRecord());
        }
        catch (Exception e) when (IsEnding(e))
        {
            throw Ending(e);
        }
    }

    /// <inheritdoc/>
    protected sealed override void EndProcessing()
    {
        if (!IsOpen)
            return;
        Input.CompleteInput();
        CompletePump();
        OnCompleted();
    }

    /// <summary>All records have left the stage.</summary>
    private protected virtual void OnCompleted()
    {
    }

    private Record ReadRecord()
    {
        // Between two Etl commands nobody can have added members to a record.
        return _reader.TryRead(InputObject, addedMembers: !HasPulse, out Record? record, out string? whyNot)
            ? record
            : new Record(Schema.Empty, []).Fail(Pump.Stage.NewError(ErrorCodes.NotARecord, whyNot));
    }
}
