using System.Diagnostics.CodeAnalysis;
using System.Dynamic;
using System.Globalization;
using System.Linq.Expressions;
using System.Management.Automation;
using EtlTools.Cmdlets.Pipeline;
using EtlTools.Engine.Records;

namespace EtlTools.Cmdlets;

/// <summary>
/// One record of a pipeline, as PowerShell sees it. Its columns are its properties, without regard to case. Setting an unknown name adds a
/// column. Its origin can be read as EtlSource, EtlPosition, EtlId, EtlError and, after Import-EtlDeadLetter, EtlLetter.
/// </summary>
[SuppressMessage("Design", "CA1036:Override methods on comparable types", Justification = "Two records with the same content are still two records: scripts may change one of them.")]
public sealed class EtlRecord : IDynamicMetaObjectProvider, ICloneable, IComparable
{
    private Record _record;
    private bool _isHandedOver;
    private bool _mayHaveMembers;

    internal EtlRecord(Record record) => _record = record;

    /// <summary>PowerShell has asked for members other than columns, as it does before it adds one. To look for an added member takes almost as
    /// long as to read a column, so it is done only from then on.</summary>
    internal void ExpectMembers() => _mayHaveMembers = true;

    /// <summary>The record, to be read.</summary>
    internal Record Record => _record;

    /// <summary>The record, for a command that takes it from the pipeline, and then may change it on another thread. What a script does with this
    /// object afterwards happens to a copy, so that the command has the record as it was when it was piped in.</summary>
    internal Record HandOver()
    {
        Record handed = ForChange();
        _isHandedOver = true;
        return handed;
    }

    /// <summary>The record, to be changed by the script that has this object.</summary>
    internal Record ForChange()
    {
        if (_isHandedOver)
            _record = _record.Clone();
        _isHandedOver = false;
        return _record;
    }

    /// <summary>The value of a column, or null if there is no column of that name.</summary>
    public object? this[string name]
    {
        get => _record.Schema.IndexOf(name) is >= 0 and var index ? Read(index) : null;
        set => Set(name, value);
    }

    /// <summary>A single record counts as a list of one, as any object does in PowerShell: 0 and -1 are the record itself. A column whose name is
    /// the number comes first.</summary>
    public object? this[int index] => this[index.ToString(CultureInfo.InvariantCulture)] ?? (index is 0 or -1 ? this : null);

    /// <summary>The value of a column, for a script; that of a member which Add-Member -Force put over it. The script may change the inside of an
    /// object or a list, which must not reach a command that has the record.</summary>
    internal object? Read(int index)
    {
        if (Added(index) is { } added)
            return added.Value;
        object? value = _record[index];
        return value is null or string or ValueType ? value : NestedValues.Get(ForChange(), index);
    }

    /// <summary>Sets a column. That also mends a failed record, which a user can only have from an error.</summary>
    internal void Set(string name, object? value)
    {
        if (Added(name) is { } added)
            added.Value = value;
        else
            ForMending().Set(name, ValueUnwrapper.Unwrap(value));
    }

    /// <summary>Sets the column at an index.</summary>
    internal void Set(int index, object? value)
    {
        if (Added(index) is { } added)
            added.Value = value;
        else
            ForMending()[index] = ValueUnwrapper.Unwrap(value);
    }

    private PSMemberInfo? Added(int index) => _mayHaveMembers ? Added(_record.Schema[index]) : null;

    private PSMemberInfo? Added(string name) => _mayHaveMembers ? AddedMembers.Find(this, name) : null;

    private Record ForMending()
    {
        Record record = ForChange();
        record.Mend();
        return record;
    }

    /// <summary>A copy of the record with the same values and lineage.</summary>
    public object Clone() => new EtlRecord(_record.Clone());

    /// <summary>Compares the columns and their values, for Compare-Object, Sort-Object and Get-Unique without -Property.</summary>
    public int CompareTo(object? obj) => (obj is PSObject wrapped ? wrapped.BaseObject : obj) switch
    {
        null => 1,
        EtlRecord other => RecordOrder.Compare(_record, other._record),
        _ => throw new ArgumentException("A record can be compared only with a record.", nameof(obj)),
    };

    /// <summary>The record's position, such as orders.csv:17; never a value, because transcripts print it.</summary>
    public override string ToString() => _record.ToString();

    DynamicMetaObject IDynamicMetaObjectProvider.GetMetaObject(Expression parameter) => new RecordMetaObject(parameter, this);
}
