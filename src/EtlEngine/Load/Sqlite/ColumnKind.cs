namespace EtlTools.Engine.Load.Sqlite;

/// <summary>What a column takes, by its declared type and SQLite's rules of affinity.</summary>
internal enum ColumnKind
{
    /// <summary>Whole numbers.</summary>
    Integer,

    /// <summary>Numbers in a column for whole ones, which SQLite keeps as they are.</summary>
    AnyNumber,

    /// <summary>Binary floating-point numbers.</summary>
    Real,

    /// <summary>Text.</summary>
    Text,

    /// <summary>Bytes.</summary>
    Blob,

    /// <summary>A number as DECIMAL, NUMERIC or MONEY declares it; SQLite keeps 15 digits of a fraction.</summary>
    Number,

    /// <summary>0 or 1, as BOOLEAN declares it.</summary>
    Boolean,

    /// <summary>Another type of NUMERIC affinity, as DATE, UUID or JSON: text that reads as a number becomes one.</summary>
    Numeric,

    /// <summary>A column without a type: values stay as they come.</summary>
    Any,
}

/// <summary>Finds the kind of a column.</summary>
internal static class ColumnKinds
{
    private static readonly string[] Numbers = ["NUM", "DEC", "MONEY", "CURR", "FIXED"];

    /// <summary>The kind, by the rules of https://sqlite.org/datatype3.html#determination_of_column_affinity, in order.</summary>
    public static ColumnKind Of(string declaredType, bool strict)
    {
        bool Has(string part) => declaredType.Contains(part, StringComparison.OrdinalIgnoreCase);
        return declaredType.Length == 0 || (strict && Has("ANY")) ? ColumnKind.Any
            : Has("INT") ? ColumnKind.Integer
            : Has("CHAR") || Has("CLOB") || Has("TEXT") ? ColumnKind.Text
            : Has("BLOB") ? ColumnKind.Blob
            : Has("REAL") || Has("FLOA") || Has("DOUB") ? ColumnKind.Real
            : Has("BOOL") ? ColumnKind.Boolean
            : Array.Exists(Numbers, Has) && !Has("ENUM") ? ColumnKind.Number
            : ColumnKind.Numeric;
    }

    /// <summary>What the kind takes, for messages.</summary>
    public static string Describe(this ColumnKind kind) => kind switch
    {
        ColumnKind.Integer => "whole numbers of 64 bits",
        ColumnKind.Real or ColumnKind.AnyNumber => "numbers",
        ColumnKind.Text => "text, numbers and dates",
        ColumnKind.Blob => "bytes",
        ColumnKind.Number => "numbers and dates",
        ColumnKind.Boolean => "true and false",
        _ => "other values",
    };
}
