using System.Collections;
using System.Collections.Specialized;
using System.Management.Automation;
using System.Management.Automation.Internal;
using System.Text.Json;
using EtlTools.Engine.Records;

namespace EtlTools.Cmdlets;

/// <summary>
/// Objects and arrays inside a record. Sources leave them as JSON text. When PowerShell reads one, it gets objects, which then stay in the
/// record; they become JSON again when records leave PowerShell.
/// </summary>
internal static class NestedValues
{
    private static readonly HashSet<string> ReservedNames = new(StringComparer.OrdinalIgnoreCase) { "psobject", "psbase", "psadapted", "psextended", "pstypenames" };

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

    /// <summary>A copy of an object, a dictionary or a list, with copies of all of these in it; any other value unchanged.</summary>
    public static object Copy(object value) => Copy(value, null);

    private static object Copy(object value, Place? around)
    {
        for (Place? outer = around; outer is not null; outer = outer.Around)
        {
            // What contains itself has no copy, nor a JSON form: folding it says so.
            if (ReferenceEquals(outer.Object, value) || outer.Depth >= JsonValue.MaxDepth)
                return value;
        }
        var place = new Place(value, (around?.Depth ?? 0) + 1, around);
        switch (value)
        {
            case PSObject nothing when ReferenceEquals(nothing, AutomationNull.Value):
                return value;
            case PSObject { BaseObject: PSCustomObject } custom:
                PSObject copy = custom.Copy();
                foreach (PSNoteProperty note in copy.Properties.OfType<PSNoteProperty>().Where(note => note.IsSettable && note.Value is not null))
                    note.Value = Copy(note.Value, place);
                return copy;
            case PSObject wrapped:
                return Copy(wrapped.BaseObject, around);
            case Hashtable table:
                return Fill((Hashtable)table.Clone(), table, place);
            case OrderedDictionary ordered:
                return Fill(HasOneSpelling(ordered) ? new OrderedDictionary(ordered.Count, StringComparer.CurrentCultureIgnoreCase) : new OrderedDictionary(ordered.Count), ordered, place);
            case byte[]:
                return value;
            case object?[] { Rank: 1 } array:
                object?[] items = (object?[])array.Clone();
                for (int i = 0; i < items.Length; i++)
                    items[i] = items[i] is { } item ? Copy(item, place) : null;
                return items;
            case Array array:
                return array.Clone();
            case ArrayList list:
                return new ArrayList(list.Cast<object?>().Select(item => item is null ? null : Copy(item, place)).ToArray());
            case List<object?> list:
                return list.ConvertAll(item => item is null ? null : Copy(item, place));
            default:
                return value;
        }
    }

    /// <summary>Whether no two keys differ by case alone, as in PowerShell's own ordered dictionaries, which have no regard to case.</summary>
    private static bool HasOneSpelling(OrderedDictionary ordered) =>
        ordered.Keys.OfType<string>().Distinct(StringComparer.CurrentCultureIgnoreCase).Count() == ordered.Keys.OfType<string>().Count();

    private static IDictionary Fill(IDictionary copy, IDictionary from, Place place)
    {
        foreach (DictionaryEntry entry in from)
            copy[entry.Key] = entry.Value is null ? null : Copy(entry.Value, place);
        return copy;
    }

    /// <summary>An object that is being copied, and those around it.</summary>
    private sealed record Place(object Object, int Depth, Place? Around);

    private static bool IsNested(object? value) =>
        value is PSObject or IDictionary or EtlRecord or System.Data.DataRow || (value is IList and not byte[])
        || value is System.Text.Json.Nodes.JsonObject or System.Text.Json.Nodes.JsonArray or JsonDocument or JsonElement { ValueKind: JsonValueKind.Object or JsonValueKind.Array } || ValueUnwrapper.IsOfScriptClass(value);

    /// <summary>An object, or an ordered hashtable if a member has a name that PowerShell allows no property.</summary>
    private static object MakeObject(IReadOnlyList<KeyValuePair<string, object?>> members) =>
        members.Any(member => IsNoPropertyName(member.Key)) ? MakeTable(members) : MakeCustomObject(members);

    private static bool IsNoPropertyName(string name) => name.Length == 0 || ReservedNames.Contains(name);

    /// <summary>The names are compared without case, as in other hashtables of PowerShell.</summary>
    private static OrderedDictionary MakeTable(IReadOnlyList<KeyValuePair<string, object?>> members)
    {
        var made = new OrderedDictionary(StringComparer.OrdinalIgnoreCase);
        foreach ((string name, object? value) in members)
            made[name] = value;
        return made;
    }

    private static PSObject MakeCustomObject(IReadOnlyList<KeyValuePair<string, object?>> members)
    {
        var made = new PSObject();
        foreach ((string name, object? value) in members)
        {
            // PowerShell does not allow a name twice. Like JSON readers, this takes the last of two.
            if (made.Properties[name] is { } known)
                known.Value = value;
            else
                made.Properties.Add(new PSNoteProperty(name, value));
        }
        return made;
    }
}
