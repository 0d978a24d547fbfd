namespace EtlTools.Engine.Load;

/// <summary>A column of the target.</summary>
internal sealed record TargetColumn
{
    public required string Name { get; init; }

    /// <summary>The type in the database's notation.</summary>
    public required string DeclaredType { get; init; }

    /// <summary>What the column accepts.</summary>
    public required TargetType Type { get; init; }

    public bool NotNull { get; init; }

    public bool HasDefault { get; init; }

    /// <summary>The database computes the column, so it accepts no value.</summary>
    public bool IsGenerated { get; init; }

    /// <summary>Why the loader cannot fill the column, as a clause; null if it can.</summary>
    public string? Refusal { get; init; }

    /// <summary>A record's value for the column is silently left out, because the database provides it.</summary>
    public bool IsLeftOut { get; init; }

    /// <summary>The database numbers its rows by this column if no value is given.</summary>
    public bool IsIdentity { get; init; }

    /// <summary>An existing row keeps its value; it is written only when the row is inserted.</summary>
    public bool KeepsValue { get; init; }

    /// <summary>The type is a domain, which may have checks of its own.</summary>
    public bool IsDomain { get; init; }

    /// <summary>A row cannot be inserted without a value for this column.</summary>
    public bool MustBeGiven => NotNull && !HasDefault && !IsIdentity && !IsGenerated;

    /// <summary>The column with another type.</summary>
    public TargetColumn As(TargetType type) => this with { Type = type, DeclaredType = type.Sql };
}
