using System.Collections;
using System.Data;
using System.Data.Common;
using System.Management.Automation;
using System.Runtime.CompilerServices;
using System.Xml;
using EtlTools.Engine.Records;
using EtlTools.Engine.Stages;

namespace EtlTools.Cmdlets.Pipeline;

/// <summary>A command that takes records from the pipeline.</summary>
public abstract class EtlInputCommand : EtlCommand
{
    private readonly RecordReader _reader = new();
    private bool _hasInput;

    /// <summary>The records: of an Etl command, or any object: PSCustomObject, hashtable, DataRow, a class instance; a DataTable, and a DataSet of one, is its rows.</summary>
    [Parameter(ValueFromPipeline = true)]
    [AllowNull]
    public virtual object? InputObject { get; set; }

    private protected abstract IRecordInput Input { get; }

    /// <summary>Whether records leave PowerShell here, and objects and arrays in them become JSON.</summary>
    private protected virtual bool FoldsNestedValues => false;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private protected sealed override void OnRecord()
    {
        if (InputObject is null && !MyInvocation.ExpectingInput)
            return;
        if (!_hasInput)
            PipelineBinding.TryNarrow(this);
        _hasInput = true;
        object? input = InputObject;
        object? value = BaseOf(input);
        if (value is EtlBatch batch)
            TakeBatch(batch);
        else if (value is not EtlPulse pulse)
            Take(input, value);
        else if (IsOpen)
            Pump.Pulse(Input, pulse);
    }

    private protected sealed override void OnEnd()
    {
        if (!IsOpen)
        {
            OnNoInput();
            EndAsSource();
            return;
        }
        if (!_hasInput && !MyInvocation.ExpectingInput)
            WriteWarning($"Nothing is piped into {MyInvocation.MyCommand.Name}. Pipe records into it, or give them with -InputObject.");
        Input.CompleteInput();
        CompletePump();
        OnCompleted();
    }

    /// <summary>An object was piped in, and the command has opened no stage.</summary>
    private protected virtual void OnInputWithoutStage(object? input)
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

    private void TakeBatch(EtlBatch batch)
    {
        List<Record> records = batch.Records;
        if (!IsOpen)
        {
            foreach (Record record in records)
                OnInputWithoutStage(new EtlRecord(record));
            return;
        }
        if (FoldsNestedValues)
        {
            for (int i = 0; i < records.Count; i++)
                records[i] = TryFold(records[i], out Record folded, out string whyNot, out string? column) ? folded : Unreadable(folded, whyNot, column);
        }
        Pump.Post(Input, records);
    }

    private static object? BaseOf(object? input) => input is PSObject wrapped ? wrapped.BaseObject : input;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Take(object? input, object? value)
    {
        if (Rows(value) is not { } rows)
        {
            TakeOne(input, value);
            return;
        }
        foreach (object? row in rows)
        {
            object? inside = BaseOf(row);
            if (inside is DataTable or DataView or DataSet)
                Take(row, inside);
            else
                TakeOne(row, inside);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void TakeOne(object? input, object? value)
    {
        if (value is not EtlRecord && StreamRecords.IsOne(value))
            StreamRecords.Write(this, value);
        else if (IsOpen)
            Pump.Post(Input, ReadRecord(input));
        else
            OnInputWithoutStage(input);
    }

    /// <summary>The rows of a table, or the objects of a list, which Invoke-RestMethod and the comma operator pipe in as one; null for one
    /// object. A reader that is piped in is the record where it stands.</summary>
    private IEnumerable? Rows(object? value) => value switch
    {
        EtlRecord or PSCustomObject => null,
        DbDataReader reader => MyInvocation.ExpectingInput ? null : reader,
        _ when TableRows.Of(value) is { } rows => rows,
        IEnumerable list and not (string or byte[] or IDictionary or IDataRecord or DataRowView or XmlNode) when !NamedEntries.IsOne(list) => list,
        _ => null,
    };

    private Record ReadRecord(object? input) =>
        TryReadRecord(input, out Record record, out string whyNot, out string? column) ? record : Unreadable(record, whyNot, column);

    private Record Unreadable(Record record, string whyNot, string? column) =>
        record.Fail(Pump.Stage.NewError(ErrorCodes.NotARecord, whyNot, column));

    /// <summary>Reads an object of the pipeline.</summary>
    /// <param name="input">The object.</param>
    /// <param name="record">The record, or as much of it as could be read.</param>
    /// <param name="whyNot">Why the object is none, without its value.</param>
    /// <param name="column">The column at fault, where it is one.</param>
    private protected bool TryReadRecord(object? input, out Record record, out string whyNot, out string? column)
    {
        column = null;
        // Between two Etl commands nobody can have added members to a record.
        bool isRead = _reader.TryRead(input, addedMembers: !HasPulse, out Record? read, out string? reason);
        record = read ?? new Record(Schema.Empty, []);
        whyNot = reason ?? "";
        return isRead && FoldsNestedValues ? TryFold(record, out record, out whyNot, out column) : isRead;
    }

    /// <summary>Makes JSON of the objects and arrays in a record.</summary>
    private static bool TryFold(Record given, out Record record, out string whyNot, out string? column)
    {
        record = given;
        whyNot = "";
        column = null;
        try
        {
            record = NestedValues.Fold(given, out column);
            return true;
        }
        catch (NestingException e)
        {
            whyNot = $"'{column}' cannot become JSON. {e.Message}";
        }
        catch (GetValueException e)
        {
            whyNot = $"A property inside '{column}' could not be read ({e.GetBaseException().GetType().Name}).";
        }
        return false;
    }
}
