using System.Text.RegularExpressions;

namespace EtlTools.Engine.Transform.Rules;

/// <summary>Rules by column. Default none. Null breaks no rule except <see cref="Required"/> and <see cref="RequiredString"/>.</summary>
internal sealed record RuleOptions
{
    /// <summary>The default of <see cref="UniqueLimit"/>.</summary>
    public const int DefaultUniqueLimit = 10_000_000;

    /// <summary>Columns to convert, before the other rules apply.</summary>
    public IReadOnlyDictionary<string, ColumnType> Types { get; init; } = new Dictionary<string, ColumnType>();

    /// <summary>Columns that must exist and be neither null nor an empty text.</summary>
    public IReadOnlyList<string> Required { get; init; } = [];

    /// <summary>Columns that must contain a text that is not blank.</summary>
    public IReadOnlyList<string> RequiredString { get; init; } = [];

    /// <summary>The maximum length of a column's text, in UTF-16 code units.</summary>
    public IReadOnlyDictionary<string, int> MaxLength { get; init; } = new Dictionary<string, int>();

    /// <summary>The minimum length of a column's text, in UTF-16 code units.</summary>
    public IReadOnlyDictionary<string, int> MinLength { get; init; } = new Dictionary<string, int>();

    /// <summary>Ranges of numbers or dates.</summary>
    public IReadOnlyDictionary<string, ValueRange> Ranges { get; init; } = new Dictionary<string, ValueRange>();

    /// <summary>Regular expressions that a column's text must match; see <see cref="RulePattern"/>.</summary>
    public IReadOnlyDictionary<string, Regex> Patterns { get; init; } = new Dictionary<string, Regex>();

    /// <summary>The allowed values of columns.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<object>> AllowedValues { get; init; } = new Dictionary<string, IReadOnlyList<object>>();

    /// <summary>Columns, or combinations of columns, whose values must be unique.</summary>
    public IReadOnlyList<IReadOnlyList<string>> Unique { get; init; } = [];

    /// <summary>How many distinct values are remembered for each entry of <see cref="Unique"/> before the run ends with an error; about 50
    /// bytes of memory each. Default 10 million.</summary>
    public int UniqueLimit { get; init; } = DefaultUniqueLimit;

    /// <summary>The rule file that they come from, in whole or in part; null without one.</summary>
    public string? File { get; init; }

    /// <summary>The columns that the rules name.</summary>
    public IEnumerable<NamedColumn> Named => All.Select(entry => OfFile.Contains(entry) ? entry with { File = File } : entry);

    /// <summary>Those that only the rule file names.</summary>
    private HashSet<NamedColumn> OfFile { get; init; } = [];

    private IEnumerable<NamedColumn> All =>
    [
        .. Types.Keys.Select(column => new NamedColumn("Type", column)),
        .. Required.Select(column => new NamedColumn("Required", column)),
        .. RequiredString.Select(column => new NamedColumn("RequiredString", column)),
        .. MaxLength.Keys.Select(column => new NamedColumn("MaxLength", column)),
        .. MinLength.Keys.Select(column => new NamedColumn("MinLength", column)),
        .. Ranges.Keys.Select(column => new NamedColumn("Range", column)),
        .. Patterns.Keys.Select(column => new NamedColumn("Pattern", column)),
        .. AllowedValues.Keys.Select(column => new NamedColumn("AllowedValue", column)),
        .. Unique.SelectMany(columns => columns).Select(column => new NamedColumn("Unique", column)),
    ];

    /// <summary>These rules and those of a file; if both have the same rule for the same column, these take precedence.</summary>
    public RuleOptions Over(RuleOptions other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return this with
        {
            File = other.File,
            OfFile = [.. other.All.Except(All)],
            Types = Merge(Types, other.Types),
            Required = Merge(Required, other.Required),
            RequiredString = Merge(RequiredString, other.RequiredString),
            MaxLength = Merge(MaxLength, other.MaxLength),
            MinLength = Merge(MinLength, other.MinLength),
            Ranges = Merge(Ranges, other.Ranges),
            Patterns = Merge(Patterns, other.Patterns),
            AllowedValues = Merge(AllowedValues, other.AllowedValues),
            Unique = [.. Unique, .. other.Unique.Where(columns => !Unique.Any(known => known.SequenceEqual(columns, StringComparer.OrdinalIgnoreCase)))],
        };
    }

    private static List<string> Merge(IReadOnlyList<string> ours, IReadOnlyList<string> theirs) =>
        [.. ours.Union(theirs, StringComparer.OrdinalIgnoreCase)];

    private static Dictionary<string, T> Merge<T>(IReadOnlyDictionary<string, T> ours, IReadOnlyDictionary<string, T> theirs)
    {
        var merged = new Dictionary<string, T>(theirs, StringComparer.OrdinalIgnoreCase);
        foreach ((string column, T value) in ours)
            merged[column] = value;
        return merged;
    }
}
