namespace EtlTools.Engine.Load.Postgres;

/// <summary>How a value goes to PostgreSQL.</summary>
internal enum PostgresKind
{
    Bool,
    Int2,
    Int4,
    Int8,
    Float4,
    Float8,
    Numeric,

    /// <summary>text and varchar.</summary>
    Text,

    /// <summary>char(n), which is compared without the spaces at its end.</summary>
    Char,
    Bytes,
    Date,
    Time,
    Timestamp,
    TimestampTz,
    Uuid,
    Json,

    /// <summary>One of a list of labels.</summary>
    Enum,

    /// <summary>An array, written as text.</summary>
    Array,

    /// <summary>Another type, written as text: the server reads it.</summary>
    Other,
}
