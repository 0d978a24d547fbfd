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
    public virtual object? InputObject { get; set; }

    private protected abstract IRecordInput Input { get; }

    /// <summary>Whether records leave PowerShell here, and objects and arrays in them become JSON.</summary>
    private protected virtual bool FoldsNestedValues => false;

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
        {
            OnNoInput();
            return;
        }
        Input.CompleteInput();
        CompletePump();
        OnCompleted();
    }

    /// <summary>The command has opened no stage for records that are piped in: where it can be a source, it is one.</summary>
    private protected virtual void OnNoInput()
    {
    }

    /// <summary>All records have left the stage.</summary>
    private protected virtual void OnCompleted()
    {
    }

    private Record ReadRecord()
    {
        // Between two Etl commands nobody can have added members to a record.
        return _reader.TryRead(InputObject, addedMembers: !HasPulse, out Record? record, out string? whyNot)
            ? FoldsNestedValues ? NestedValues.Fold(record) : record
            : new Record(Schema.Empty, []).Fail(Pump.Stage.NewError(ErrorCodes.NotARecord, whyNot));
    }
}
