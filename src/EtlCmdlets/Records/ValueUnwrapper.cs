using System.Collections.Specialized;
using System.Data;
using System.Data.SqlTypes;
using System.Management.Automation;
using System.Management.Automation.Internal;

namespace EtlTools.Cmdlets;

/// <summary>Removes PowerShell's wrappers from values before they enter a record.</summary>
internal static class ValueUnwrapper
{
    /// <summary>An object with properties becomes a dictionary, another wrapped value becomes its content, and any other object stays as it
    /// is.</summary>
    public static object? Simplify(object value)
    {
        switch (Unwrap(value))
        {
            case PSObject custom:
                return PropertiesOf(custom);
            case { } instance when IsOfScriptClass(instance):
                return PropertiesOf(PSObject.AsPSObject(instance));
            case EtlRecord { Record: { } record }:
                var columns = new OrderedDictionary();
                for (int i = 0; i < record.Schema.Count; i++)
                    columns[record.Schema[i]] = record[i];
                return columns;
            case DataRow row:
                var fields = new OrderedDictionary();
                foreach (DataColumn column in row.Table.Columns)
                    fields[column.ColumnName] = row[column];
                return fields;
            case var plain:
                return plain;
        }
    }

    /// <summary>Whether a value is an instance of a class that a script defines: an object by its properties, like a custom object.</summary>
    public static bool IsOfScriptClass(object? value) => value is not (null or Enum or System.Collections.IEnumerable) && value.GetType().Assembly.IsDynamic;

    private static OrderedDictionary PropertiesOf(PSObject given)
    {
        var values = new OrderedDictionary();
        foreach (PSPropertyInfo property in given.Properties)
        {
            if (property.IsGettable && !RemotingProperties.Contains(property, given))
                values[property.Name] = property.Value;
        }
        return values;
    }

    /// <summary>The value without its PSObject; custom objects have no other form and stay as they are. DBNull and PowerShell's "nothing"
    /// become null.</summary>
    public static object? Unwrap(object? value)
    {
        if (ReferenceEquals(value, AutomationNull.Value))
            return null;
        if (value is PSObject wrapped)
            value = DeserializedValues.Restore(wrapped) ?? (wrapped.BaseObject is PSCustomObject ? wrapped : wrapped.BaseObject);
        return value switch
        {
            DBNull => null,
            SwitchParameter given => given.IsPresent,
            INullable own => FromSqlType(own),
            _ => value,
        };
    }

    /// <summary>A value of a SQL Server type as a .NET value; a decimal with more digits than .NET supports becomes a text.</summary>
    private static object? FromSqlType(INullable value) => value.IsNull ? null : value switch
    {
        SqlBoolean own => own.Value,
        SqlByte own => own.Value,
        SqlInt16 own => own.Value,
        SqlInt32 own => own.Value,
        SqlInt64 own => own.Value,
        SqlSingle own => own.Value,
        SqlDouble own => own.Value,
        SqlMoney own => own.Value,
        SqlDecimal own => FromDecimal(own),
        SqlDateTime own => own.Value,
        SqlGuid own => own.Value,
        SqlString own => own.Value,
        SqlBinary own => own.Value,
        SqlBytes own => own.Value,
        SqlChars own => new string(own.Value),
        SqlXml own => own.Value,
        _ => value,
    };

    private static object FromDecimal(SqlDecimal value)
    {
        try
        {
            return value.Value;
        }
        catch (OverflowException)
        {
            return value.ToString();
        }
    }
}
