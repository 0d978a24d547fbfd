using System.Collections;
using System.ComponentModel;
using System.Data;
using System.Diagnostics.CodeAnalysis;
using System.Management.Automation;
using System.Runtime.CompilerServices;
using EtlTools.Engine.Records;

namespace EtlTools.Cmdlets.Pipeline;

/// <summary>Reads any pipeline object as a record. For one thread at a time.</summary>
internal sealed class RecordReader
{
    private readonly SchemaCache _schemas = new();
    private readonly List<string> _names = [];
    private readonly List<object?> _values = [];
    private string? _reading;

    /// <summary>Reads an object.</summary>
    /// <param name="input">A record, or any object with columns.</param>
    /// <param name="addedMembers">Whether members that Add-Member put on a record become columns.</param>
    /// <param name="record">The record.</param>
    /// <param name="whyNot">Why the object is not a record, without its value.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public bool TryRead(
        object? input, bool addedMembers, [NotNullWhen(true)] out Record? record, [NotNullWhen(false)] out string? whyNot)
    {
        var wrapped = input as PSObject;
        object? value = wrapped is null ? input : wrapped.BaseObject;
        whyNot = null;
        if (value is EtlRecord known && !addedMembers)
        {
            record = known.HandOver();
            return true;
        }
        record = null;
        if (value is DataSet set)
        {
            whyNot = $"A DataSet with {set.Tables.Count} tables is not a record. Pipe one of its tables, as with $set.Tables['orders'].";
            return false;
        }
        if (value?.GetType().Namespace == "Microsoft.PowerShell.Commands.Internal.Format")
        {
            whyNot = "Format-Table and other Format commands make text for the screen, not records. Leave the command out, or use Select-Object to choose columns.";
            return false;
        }
        string type = value?.GetType().Name ?? "null";
        _reading = null;
        try
        {
            if (value is EtlRecord own)
                record = own.HandOver();
            else if (ReadColumns(value, wrapped))
                record = Make(out whyNot);
            if (record is not null && addedMembers && value is EtlRecord or IDictionary or DataRow or DataRowView or IDataRecord)
                AddMembers(record, input!);
            if (record is null)
                whyNot = whyNot is null ? $"An object of type {type} has no columns. Use objects with properties, hashtables or data rows." : $"An object of type {type} is not a record. {whyNot}";
        }
        catch (Exception e) when (e is not PipelineStoppedException)
        {
            record = null;
            string what = _reading is null ? $"An object of type {type}" : $"The property '{_reading}' of an object of type {type}";
            whyNot = $"{what} could not be read ({e.GetBaseException().GetType().Name}). Choose the columns with Select-Object.";
        }
        return record is not null;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void AddMembers(Record record, object input)
    {
        foreach (PSMemberInfo member in AddedMembers.Of(input))
        {
            _reading = member.Name;
            record.Set(_reading, ValueUnwrapper.Unwrap(member.Value));
        }
    }

    private bool ReadColumns(object? value, PSObject? wrapped)
    {
        _names.Clear();
        _values.Clear();
        switch (value)
        {
            case IEnumerable when NamedEntries.Of(value) is { } entries:
                foreach ((string name, object? entry) in entries)
                    Add(name, entry);
                break;
            case null or string or IEnumerable and not (IDictionary or IDataRecord or DataRowView):
            case ValueType when !IsEntry(value):
                return false;
            case IDictionary dictionary:
                foreach ((string name, object? entry) in Dictionaries.InOrder(dictionary))
                    Add(name, entry);
                break;
            case DataRow row:
                ReadRow(row);
                break;
            case DataRowView view:
                ReadRow(view.Row);
                break;
            case IDataRecord data:
                for (int i = 0; i < data.FieldCount; i++)
                    Add(data.GetName(i), data.GetValue(i));
                break;
            default:
                PSObject owner = wrapped ?? PSObject.AsPSObject(value);
                foreach (PSPropertyInfo property in owner.Properties)
                {
                    if (!property.IsGettable || RemotingProperties.Contains(property, owner))
                        continue;
                    _reading = property.Name;
                    if (TryGet(property, out object? held))
                        Add(_reading, held);
                }
                break;
        }
        return _names.Count > 0;
    }

    /// <summary>Whether a value is an entry of a dictionary, as GetEnumerator() and Env: give them: a record of its name and its value.</summary>
    private static bool IsEntry(object value) =>
        value is DictionaryEntry || (value.GetType() is { IsGenericType: true } type && type.GetGenericTypeDefinition() == typeof(KeyValuePair<,>));

    /// <summary>Reads a property. One of .NET may have no value in the state of its object, or for this user, as ExitCode of a process that is
    /// still running: it is then no column of the record. Whatever else happens in it is a fault of the record.</summary>
    private static bool TryGet(PSPropertyInfo property, out object? value)
    {
        try
        {
            value = property.Value;
            return true;
        }
        catch (GetValueException e) when (
            property.MemberType == PSMemberTypes.Property
            && e.GetBaseException() is InvalidOperationException or NotSupportedException or Win32Exception)
        {
            value = null;
            return false;
        }
    }

    private void ReadRow(DataRow row)
    {
        foreach (DataColumn column in row.Table.Columns)
            Add(column.ColumnName, row[column]);
    }

    private void Add(string name, object? value)
    {
        _names.Add(name);
        // The caller may go on with its list or buffer, and fill it anew for the next record.
        value = ValueUnwrapper.Unwrap(value);
        _values.Add(value is byte[] bytes ? bytes.Clone() : HostValues.Own(value));
    }

    private Record? Make(out string? whyNot)
    {
        whyNot = null;
        try
        {
            return new Record(_schemas.Get(_names), [.. _values]);
        }
        catch (ArgumentException e)
        {
            // A name that is empty or occurs twice.
            whyNot = e.Message;
            return null;
        }
    }
}
