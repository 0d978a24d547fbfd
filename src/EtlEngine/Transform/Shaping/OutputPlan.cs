using EtlTools.Engine.Records;

namespace EtlTools.Engine.Transform.Shaping;

/// <summary>The steps after the script, compiled for the records of one schema.</summary>
internal sealed class OutputPlan
{
    private OutputPlan(Schema whole, ColumnMap? wholeMap)
    {
        Whole = whole;
        WholeMap = wholeMap;
    }

    /// <summary>All columns, including those to set.</summary>
    public Schema Whole { get; }

    /// <summary>How they are taken from the input columns; null if they are the same.</summary>
    public ColumnMap? WholeMap { get; }

    /// <summary>The positions of the columns to set.</summary>
    public int[] Set { get; private init; } = [];

    /// <summary>The position of the list to expand, or -1.</summary>
    public int Expand { get; private init; } = -1;

    /// <summary>The output columns; null for all.</summary>
    public Schema? Chosen { get; private init; }

    public ColumnMap? ChosenMap { get; private init; }

    /// <summary>For each hash its index among the output columns, and the indexes of its sources among all columns.</summary>
    public (int Index, int[] Sources)[] Hashes { get; private init; } = [];

    public bool IsEmpty => Set.Length == 0 && Expand < 0 && Chosen is null;

    public static OutputPlan For(Schema source, TransformOptions options)
    {
        string[] set = [.. options.SetColumns.Select(column => column.Name)];
        Schema whole = Extended(source, set);
        string[] chosen = Choose(whole, options);
        Schema leaving = Extended(whole.HasSameNames(chosen) ? whole : new Schema(chosen), options.Hashes.Select(hash => hash.Name));
        bool changes = !ReferenceEquals(leaving, whole) || options.Hashes.Count > 0;
        return new OutputPlan(whole, ReferenceEquals(whole, source) ? null : MapOf(source, whole))
        {
            Set = [.. set.Select(whole.IndexOf)],
            Expand = options.Expand is { } expanded ? whole.IndexOf(expanded) : -1,
            Chosen = changes ? leaving : null,
            ChosenMap = changes ? MapOf(whole, leaving) : null,
            Hashes = [.. options.Hashes.Select(hash => (leaving.IndexOf(hash.Name), hash.Sources.Select(whole.IndexOf).ToArray()))],
        };
    }

    private static string[] Choose(Schema whole, TransformOptions options)
    {
        IEnumerable<string> chosen = options.Columns.Count == 0 ? whole.Names : options.Columns.SelectMany(ChosenBy);
        return [.. chosen.Distinct(StringComparer.OrdinalIgnoreCase).Where(name => !options.ExcludeColumns.Any(pattern => NamedColumn.Matches(pattern, name)))];

        IEnumerable<string> ChosenBy(string pattern)
        {
            if (NamedColumn.IsWildcard(pattern))
                return whole.Names.Where(name => NamedColumn.Matches(pattern, name));
            bool isSkipped = options.MissingColumns == MissingColumns.Skip && whole.IndexOf(pattern) < 0;
            return isSkipped ? [] : [NameIn(whole, pattern)];
        }
    }

    private static string NameIn(Schema schema, string name) => schema.IndexOf(name) is var index and >= 0 ? schema[index] : name;

    private static Schema Extended(Schema schema, IEnumerable<string> names) =>
        names.Aggregate(schema, (extended, name) => extended.IndexOf(name) < 0 ? extended.Append(name) : extended);

    private static ColumnMap MapOf(Schema source, Schema target) => new(target.Names.Select(source.IndexOf));
}
