namespace EtlTools.Engine.Load;

/// <summary>A column of the target.</summary>
internal sealed record TargetColumn
{
    public required string Name { get; init; }

    /// <summary>The type as the database writes it.</summary>
    public required string DeclaredType { get; init; }

    /// <summary>What the column takes.</summary>
    public required TargetType Type { get; init; }

    public bool NotNull { get; init; }

    public bool HasDefault { get; init; }

    /// <summary>The database computes it: it takes no value.</summary>
    public bool IsGenerated { get; init; }

    /// <summary>Why the loader cannot fill the column, as a clause; null if it can.</summary>
    public string? Refusal { get; init; }

    /// <summary>A record's value for the column is left out without a word, as the database gives its own.</summary>
    public bool IsLeftOut { get; init; }

    /// <summary>The database numbers its rows by it where no value is given.</summary>
    public bool IsIdentity { get; init; }

    /// <summary>A row that is there keeps its value: it is given where the row is inserted only.</summary>
    public bool KeepsValue { get; init; }

    /// <summary>The type is a domain, which may have checks of its own.</summary>
    public bool IsDomain { get; init; }

    /// <summary>A row without a value for the column cannot be inserted.</summary>
    public bool MustBeGiven => NotNull && !HasDefault && !IsIdentity && !IsGenerated;

    /// <summary>The column with another type.</summary>
    public TargetColumn As(TargetType type) => this with { Type = type, DeclaredType = type.Sql };
}
