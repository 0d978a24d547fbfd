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
        get => _record.TryGetValue(name, out object? value) ? value : null;
        set => _record.Set(name, ValueUnwrapper.Unwrap(value));
    }

    /// <summary>A record of its own with the same values and lineage.</summary>
    public object Clone() => new EtlRecord(_record.Clone());

    /// <summary>The record's position, such as orders.csv:17; never a value, since transcripts print it.</summary>
    public override string ToString() => _record.ToString();

    DynamicMetaObject IDynamicMetaObjectProvider.GetMetaObject(Expression parameter) => new RecordMetaObject(parameter, this);
}
