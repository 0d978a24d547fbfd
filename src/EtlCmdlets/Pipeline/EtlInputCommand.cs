using System.Management.Automation;
using EtlTools.Engine.Records;
using EtlTools.Engine.Stages;
using NotNullWhenAttribute = System.Diagnostics.CodeAnalysis.NotNullWhenAttribute;

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
        if (InputObject is null && !MyInvocation.ExpectingInput)
            return;
        try
        {
            var pulse = InputObject as EtlPulse ?? (InputObject as PSObject)?.BaseObject as EtlPulse;
            if (!IsOpen && pulse is null)
                OnInputWithoutStage();
            else if (IsOpen && pulse is not null)
                Pump.Pulse(Input, pulse);
            else if (IsOpen)
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

    /// <summary>An object was piped in, and the command has opened no stage.</summary>
    private protected virtual void OnInputWithoutStage()
    {
    }

    /// <summary>The command has opened no stage for records that are piped in: where it can be a source, it is one.</summary>
    private protected virtual void OnNoInput()
    {
    }

    /// <summary>All records have left the stage.</summary>
    private protected virtual void OnCompleted()
    {
    }

    private Record ReadRecord() =>
        TryReadRecord(out Record? record, out string? whyNot) ? record : new Record(Schema.Empty, []).Fail(Pump.Stage.NewError(ErrorCodes.NotARecord, whyNot));

    /// <summary>Reads the object that was piped in.</summary>
    private protected bool TryReadRecord([NotNullWhen(true)] out Record? record, [NotNullWhen(false)] out string? whyNot)
    {
        // Between two Etl commands nobody can have added members to a record.
        bool isRead = _reader.TryRead(InputObject, addedMembers: !HasPulse, out record, out whyNot);
        if (isRead && FoldsNestedValues)
            record = NestedValues.Fold(record!);
        return isRead;
    }
}
