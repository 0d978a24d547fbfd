using EtlTools.Engine.Records;
using EtlTools.Engine.Transform.Rules;

namespace EtlTools.Engine.Transform.Shaping;

/// <summary>The steps before the script, compiled for the records of one schema.</summary>
internal sealed class InputPlan
{
    private InputPlan(Schema target, ColumnMap? map)
    {
        Target = target;
        Map = map;
    }

    /// <summary>The columns after defaults and renaming.</summary>
    public Schema Target { get; }

    /// <summary>The same, without those that are null because the record lacks them.</summary>
    public Schema Known { get; private init; } = Schema.Empty;

    /// <summary>How they are taken from the input columns; null if they are the same.</summary>
    public ColumnMap? Map { get; }

    public (int Index, object? Value)[] Defaults { get; private init; } = [];

    public (int Index, ColumnType Type)[] Types { get; private init; } = [];

    public ColumnRules[] Rules { get; private init; } = [];

    /// <summary>The positions of each combination of columns that must be unique.</summary>
    public int[][] Unique { get; private init; } = [];

    /// <summary>The index of a column in the input record; -1 for an added one.</summary>
    public int SourceOf(int index) => Map is { } map ? map.SourceOf(index) : index;

    /// <summary>The texts of a record before conversion, unless the default options convert them.</summary>
    /// <param name="record">The input record.</param>
    /// <param name="given">The known options for converting them, except those of a dead letter.</param>
    public IEnumerable<UnconvertedText> Unconverted(Record record, ConversionContext given)
    {
        foreach ((int index, ColumnType type) in Types)
        {
            int source = SourceOf(index);
            if (type == ColumnType.String || source < 0 || record[source] is not string { Length: > 0 } text)
                continue;
            ConversionContext context = UnconvertedText.In(record, source) is { } letter ? given.Over(letter.Context) : given.Over(ConversionContext.Of(ConversionOptions.Default));
            if (!context.ToOptions().IsDefault || context.Missing is not null)
                yield return new UnconvertedText(record.Schema[source], text, context);
        }
    }

    public static InputPlan For(Schema source, TransformOptions options, RuleSet rules)
    {
        string[] added = [.. options.Defaults.Keys.Where(column => source.IndexOf(column) < 0)];
        string[] names = [.. source.Names.Concat(added).Select(name => options.Renames.TryGetValue(name, out string? renamed) ? renamed : name)];
        Schema known = source.HasSameNames(names) ? source : Named(names);
        Schema target = options.MissingColumns == MissingColumns.Null ? MissingIn(source, known, options).Aggregate(known, (all, name) => all.Append(name)) : known;
        bool same = ReferenceEquals(target, source);
        return new InputPlan(target, same ? null : new ColumnMap(Enumerable.Range(0, target.Count).Select(i => i < source.Count ? i : -1)))
        {
            Known = known,
            Defaults = [.. options.Defaults.Select(entry => (IndexOfDefault(entry.Key), entry.Value))],
            Types = [.. Present(options.Rules.Types.Keys).Select(column => (target.IndexOf(column), options.Rules.Types[column]))],
            Rules = rules.For(target),
            Unique = [.. options.Rules.Unique.Select(columns => columns.Select(target.IndexOf).ToArray())],
        };

        int IndexOfDefault(string column) => source.IndexOf(column) is var index and >= 0 ? index : source.Count + Array.IndexOf(added, column);

        IEnumerable<string> Present(IEnumerable<string> columns) => columns.Where(column => target.IndexOf(column) >= 0);
    }

    private static IEnumerable<string> MissingIn(Schema source, Schema known, TransformOptions options) => options.Renames
        .Where(rename => source.IndexOf(rename.Key) < 0)
        .Select(rename => rename.Value)
        .Concat(options.Rules.Types.Keys)
        .Where(name => known.IndexOf(name) < 0)
        .Distinct(StringComparer.OrdinalIgnoreCase);

    private static Schema Named(string[] names)
    {
        try
        {
            return new Schema(names);
        }
        catch (ArgumentException e)
        {
            throw new EtlException(FailureCodes.InvalidParameter, FailureKind.InvalidCall, $"-Rename: {e.Message}", e);
        }
    }
}
