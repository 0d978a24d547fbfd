using System.Management.Automation;
using EtlTools.Engine.Records;

namespace EtlTools.Cmdlets;

/// <summary>
/// One place in a script that names a column. It remembers the column's position in the last schema, because all records of a source share
/// a schema.
/// </summary>
internal sealed class ColumnSite(string name)
{
    private Found? _last;

    public bool TryGet(EtlRecord target, out object? value)
    {
        Record record = target.Record;
        int index = IndexIn(record.Schema);
        if (index < 0)
        {
            if (RecordMetadata.TryGet(record, name, out value))
                return true;
            target.ExpectMembers();
            return false;
        }
        value = target.Read(index);
        return true;
    }

    /// <summary>Sets the column, or a member of that name that was added to the object; otherwise adds a column.</summary>
    public void Set(EtlRecord target, object? value)
    {
        int index = IndexIn(target.Record.Schema);
        if (index >= 0)
            target.Set(index, value);
        else if (PSObject.AsPSObject(target).Properties[name] is { } added and not PSAdaptedProperty)
            added.Value = value;
        else
            target.Set(name, value);
    }

    private int IndexIn(Schema schema)
    {
        Found? last = Volatile.Read(ref _last);
        if (last is null || !ReferenceEquals(last.Schema, schema))
        {
            last = new Found(schema, schema.IndexOf(name));
            Volatile.Write(ref _last, last);
        }
        return last.Index;
    }

    private sealed record Found(Schema Schema, int Index);
}
