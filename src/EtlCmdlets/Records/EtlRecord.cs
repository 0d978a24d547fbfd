using System.Dynamic;
using System.Linq.Expressions;
using EtlTools.Engine.Records;

namespace EtlTools.Cmdlets;

/// <summary>
/// One record of a pipeline as PowerShell sees it: its columns are its properties, without regard to case. Setting a
/// name that is not there adds a column. Where it came from is readable as EtlSource, EtlPosition, EtlId, EtlError and, after Import-EtlDeadLetter, EtlLetter.
/// </summary>
public sealed class EtlRecord : IDynamicMetaObjectProvider, ICloneable
{
    private readonly Record _record;

    internal EtlRecord(Record record) => _record = record;

    internal Record Record => _record;

    /// <summary>The value of a column, or null where there is none of that name.</summary>
    public object? this[string name]
    {
        get => _record.Schema.IndexOf(name) is >= 0 and var index ? NestedValues.Get(_record, index) : null;
        set => Set(name, value);
    }

    /// <summary>Sets a column. A failed record, which a user can only have from an error, is mended by that.</summary>
    internal void Set(string name, object? value)
    {
        _record.Mend();
        _record.Set(name, ValueUnwrapper.Unwrap(value));
    }

    /// <summary>A record of its own with the same values and lineage.</summary>
    public object Clone() => new EtlRecord(_record.Clone());

    /// <summary>The record's position, such as orders.csv:17; never a value, since transcripts print it.</summary>
    public override string ToString() => _record.ToString();

    DynamicMetaObject IDynamicMetaObjectProvider.GetMetaObject(Expression parameter) => new RecordMetaObject(parameter, this);
}
