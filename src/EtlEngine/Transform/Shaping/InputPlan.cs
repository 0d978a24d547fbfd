using EtlTools.Engine.Records;
using EtlTools.Engine.Transform.Rules;

namespace EtlTools.Engine.Transform.Shaping;

/// <summary>The steps before the script, worked out for the records of one schema.</summary>
internal sealed class InputPlan
{
    private InputPlan(Schema target, ColumnMap? map)
    {
        Target = target;
        Map = map;
    }

    /// <summary>The columns after defaults and renaming.</summary>
    public Schema Target { get; }

    /// <summary>How they come from those that came in; null where they are the same.</summary>
    public ColumnMap? Map { get; }

    public (int Index, object? Value)[] Defaults { get; private init; } = [];

    public (int Index, ColumnType Type)[] Types { get; private init; } = [];

    public ColumnRules[] Rules { get; private init; } = [];

    /// <summary>The positions of each combination of columns that must be unique.</summary>
    public int[][] Unique { get; private init; } = [];

    public static InputPlan For(Schema source, TransformOptions options, RuleSet rules)
    {
        string[] added = [.. options.Defaults.Keys.Where(column => source.IndexOf(column) < 0)];
        string[] names = [.. source.Names.Concat(added).Select(name => options.Renames.TryGetValue(name, out string? renamed) ? renamed : name)];
        bool same = added.Length == 0 && source.HasSameNames(names);
        Schema target = same ? source : Named(names);
        return new InputPlan(target, same ? null : new ColumnMap(Enumerable.Range(0, names.Length).Select(i => i < source.Count ? i : -1)))
        {
            Defaults = [.. options.Defaults.Select(entry => (IndexOfDefault(entry.Key), entry.Value))],
            Types = [.. Present(options.Rules.Types.Keys).Select(column => (target.IndexOf(column), options.Rules.Types[column]))],
            Rules = rules.For(target),
            Unique = [.. options.Rules.Unique.Select(columns => columns.Select(target.IndexOf).ToArray())],
        };

        int IndexOfDefault(string column) => source.IndexOf(column) is var index and >= 0 ? index : source.Count + Array.IndexOf(added, column);

        IEnumerable<string> Present(IEnumerable<string> columns) => columns.Where(column => target.IndexOf(column) >= 0);
    }

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
