using System.Collections;
using System.Management.Automation;
using EtlTools.Engine.Records;

namespace EtlTools.Cmdlets;

/// <summary>
/// Objects and arrays inside a record. Sources leave them as JSON text. When PowerShell reads one, it gets objects, which then stay in the
/// record; they become JSON again when records leave PowerShell.
/// </summary>
internal static class NestedValues
{
    /// <summary>The value of a column as PowerShell sees it.</summary>
    public static object? Get(Record record, int index)
    {
        object? value = record[index];
        if (value is JsonValue nested)
            record[index] = value = nested.ToObjects(MakeObject);
        return value;
    }

    /// <summary>The record with JSON in place of objects and arrays; the same record if it has none.</summary>
    /// <param name="record">The record.</param>
    /// <param name="column">The column being processed: the failing one if this throws.</param>
    /// <exception cref="NestingException">An object is nested too deep, or inside itself.</exception>
    /// <exception cref="GetValueException">A property of an object could not be read.</exception>
    public static Record Fold(Record record, out string column)
    {
        column = "";
        Record folded = record;
        if (record.IsUnread)
            return record;
        for (int i = 0; i < record.Schema.Count; i++)
        {
            if (!record.TryGetRead(i, out object? value) || !IsNested(value))
                continue;
            column = record.Schema[i];
            if (ReferenceEquals(folded, record))
                folded = record.Clone();
            folded[i] = JsonValue.From(value!, ValueUnwrapper.Simplify);
        }
        return folded;
    }

    private static bool IsNested(object? value) =>
        value is PSObject or IDictionary or EtlRecord or System.Data.DataRow || (value is IList and not byte[]);

    private static PSObject MakeObject(IReadOnlyList<KeyValuePair<string, object?>> members)
    {
        var made = new PSObject();
        foreach ((string name, object? value) in members)
        {
            // PowerShell allows neither a property without a name nor a name twice. Like JSON readers, this takes the last of two.
            if (name.Length == 0)
                continue;
            if (made.Properties[name] is { } known)
                known.Value = value;
            else
                made.Properties.Add(new PSNoteProperty(name, value));
        }
        return made;
    }
}
