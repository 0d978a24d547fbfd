using EtlTools.Engine.Transform.Rules;

namespace EtlTools.Engine.Transform;

/// <summary>
/// The declarative part of a transform. The steps always have this order: trim, defaults, rename, types, filter, rules, script block, set
/// columns, expand, choice of columns, hashes. The caller performs filter, script block and computed columns.
/// </summary>
internal sealed record TransformOptions
{
    /// <summary>Whether white space around texts is removed. Default false.</summary>
    public bool Trim { get; init; }

    /// <summary>Values for columns that are missing, null or an empty text. Default none.</summary>
    public IReadOnlyDictionary<string, object?> Defaults { get; init; } = new Dictionary<string, object?>();

    /// <summary>New names by old names. Default none.</summary>
    public IReadOnlyDictionary<string, string> Renames { get; init; } = new Dictionary<string, string>();

    /// <summary>What happens to a column that <see cref="Renames"/>, the types or <see cref="Columns"/> name and a record lacks. Default: an
    /// error.</summary>
    public MissingColumns MissingColumns { get; init; }

    /// <summary>Types and rules, by the new names. Default none.</summary>
    public RuleOptions Rules { get; init; } = new();

    /// <summary>The known options for converting texts. Default none: a text from a dead letter is converted as the letter says, and any
    /// other text in the invariant culture and UTC.</summary>
    public ConversionContext Conversion { get; init; } = ConversionContext.None;

    /// <summary>Columns to set or add, in this order. Default none.</summary>
    public IReadOnlyList<SetColumn> SetColumns { get; init; } = [];

    /// <summary>A column whose list becomes several records, or null.</summary>
    public string? Expand { get; init; }

    /// <summary>The columns to keep, in order; * and ? are wildcards. Default all.</summary>
    public IReadOnlyList<string> Columns { get; init; } = [];

    /// <summary>Columns to leave out; * and ? are wildcards. Default none.</summary>
    public IReadOnlyList<string> ExcludeColumns { get; init; } = [];

    /// <summary>Columns to set to the SHA-256 of columns, in this order. Default none.</summary>
    public IReadOnlyList<HashColumn> Hashes { get; init; } = [];

    /// <summary>Checks everything that can be checked without a record.</summary>
    /// <exception cref="EtlException">Two settings contradict each other.</exception>
    public TransformOptions Validate()
    {
        Conversion.ToOptions().Validate();
        foreach (IGrouping<string, string> twice in Renames.Values.GroupBy(name => name, StringComparer.OrdinalIgnoreCase).Where(group => group.Count() > 1))
            throw Refusal($"-Rename gives the name '{twice.Key}' to several columns.");
        foreach ((string column, int least) in Rules.MinLength)
        {
            if (Rules.MaxLength.TryGetValue(column, out int most) && least > most)
                throw Refusal($"-MinLength {least} of column '{column}' is more than its -MaxLength {most}: no text can satisfy both.");
        }
        return this;
    }

    private static EtlException Refusal(string message) => new(FailureCodes.InvalidParameter, FailureKind.InvalidCall, message);
}

/// <summary>A column to set.</summary>
/// <param name="Name">The column.</param>
/// <param name="Constant">Its value, unless it is computed.</param>
/// <param name="IsComputed">Whether the caller computes the value of each record.</param>
internal sealed record SetColumn(string Name, object? Constant, bool IsComputed = false);

/// <summary>A column that becomes the SHA-256 of columns, in lower-case hexadecimal digits.</summary>
/// <param name="Name">The column.</param>
/// <param name="Sources">The columns hashed.</param>
internal sealed record HashColumn(string Name, IReadOnlyList<string> Sources);
