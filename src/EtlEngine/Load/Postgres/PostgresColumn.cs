namespace EtlTools.Engine.Load.Postgres;

/// <summary>A column of the target.</summary>
internal sealed record PostgresColumn : TargetColumn
{
    public required PostgresKind Kind { get; init; }

    /// <summary>The type of the staging table's column.</summary>
    public required string StageType { get; init; }

    /// <summary>The type that the staged text is cast to, or null where it is the column's own or assigned to it.</summary>
    public string? CastTo { get; init; }

    /// <summary>Characters at most; null for no limit.</summary>
    public int? MaxLength { get; init; }

    /// <summary>Digits of a number, and how many of them are decimals; null for no limit.</summary>
    public (int Precision, int Scale)? Digits { get; init; }

    /// <summary>The labels of an enum.</summary>
    public IReadOnlySet<string>? Labels { get; init; }

    /// <summary>The quoted name of a collation that is not the type's own; keys are compared by it.</summary>
    public string? Collation { get; init; }

    /// <summary>Whether keys of this column that the database holds for equal have equal bytes.</summary>
    public bool IsHashable { get; init; }

    /// <summary>The type is a domain, which may have checks of its own.</summary>
    public bool IsDomain { get; init; }

    /// <summary>GENERATED ALWAYS AS IDENTITY: takes a value only where a row is new and the statement insists.</summary>
    public bool IsAlwaysIdentity { get; init; }

    /// <summary>What the column takes, for messages.</summary>
    public string Takes => Kind switch
    {
        PostgresKind.Bool => "true and false",
        PostgresKind.Int2 or PostgresKind.Int4 or PostgresKind.Int8 => "whole numbers of its size",
        PostgresKind.Float4 or PostgresKind.Float8 or PostgresKind.Numeric => "numbers",
        PostgresKind.Bytes => "bytes",
        PostgresKind.Date => "dates",
        PostgresKind.Time => "times of day",
        PostgresKind.Timestamp or PostgresKind.TimestampTz => "dates and times",
        PostgresKind.Uuid => "GUIDs",
        PostgresKind.Json => "JSON",
        PostgresKind.Enum => "its labels",
        PostgresKind.Array => "arrays",
        _ => "text",
    };
}
