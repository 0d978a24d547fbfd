using EtlTools.Engine.Records;
using EtlTools.Engine.Transform.Rules;
using EtlTools.Engine.Transform.Shaping;

namespace EtlTools.Engine.Transform;

/// <summary>Creates an error of the stage that applies the rules.</summary>
internal delegate RecordError ErrorFactory(string code, string message, string? column = null, string? detail = null);

/// <summary>
/// The declarative part of a transform, shared by all workers of a stage: the steps, compiled once for each schema, and the values that
/// must be unique. Thread-safe.
/// </summary>
internal sealed class RecordTransform
{
    private readonly ColumnWatch _inputColumns;
    private readonly ColumnWatch _outputColumns;
    private readonly PerSchema<InputPlan> _inputs;
    private readonly PerSchema<OutputPlan> _outputs;

    /// <summary>Compiles the options.</summary>
    /// <param name="options">The steps.</param>
    /// <param name="columnsAreFixed">Called at each new schema: whether all records have the columns of their source, so that an unknown
    /// name is refused.</param>
    /// <param name="outputIsFixed">The same for the records after the script.</param>
    /// <exception cref="EtlException">Two options contradict each other.</exception>
    public RecordTransform(TransformOptions options, Func<bool>? columnsAreFixed = null, Func<bool>? outputIsFixed = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        Options = options.Validate();
        Conversion = options.Conversion.ToOptions();
        var rules = new RuleSet(options.Rules);
        UniqueValues = [.. options.Rules.Unique.Select(columns => new UniqueValues(columns, options.Rules.UniqueLimit))];
        var before = new ColumnWatch(NamedBefore(options));
        _inputColumns = new ColumnWatch([.. options.Rules.Named]);
        _outputColumns = new ColumnWatch(NamedAfter(options));
        _inputs = new PerSchema<InputPlan>(schema =>
        {
            bool isFixed = options.MissingColumns == MissingColumns.Error && columnsAreFixed?.Invoke() == true;
            before.Note(schema, isFixed);
            var plan = InputPlan.For(schema, options, rules);
            _inputColumns.Note(plan.Known, isFixed);
            return plan;
        });
        _outputs = new PerSchema<OutputPlan>(schema =>
        {
            var plan = OutputPlan.For(schema, options);
            _outputColumns.Note(plan.Whole, options.MissingColumns == MissingColumns.Error && outputIsFixed?.Invoke() == true);
            return plan;
        });
        Before = before;
    }

    /// <summary>The steps.</summary>
    public TransformOptions Options { get; }

    /// <summary>The options for converting texts, except those of dead letters.</summary>
    public ConversionOptions Conversion { get; }

    /// <summary>Columns that parameters name but no record had so far, as sentences.</summary>
    public IEnumerable<string> UnseenColumns => Before.Unseen.Concat(_inputColumns.Unseen).Concat(_outputColumns.Unseen);

    internal IReadOnlyList<UniqueValues> UniqueValues { get; }

    internal OrderedGate OrderedGate { get; } = new();

    private ColumnWatch Before { get; }

    internal InputPlan InputOf(Schema schema) => _inputs.For(schema);

    internal OutputPlan OutputOf(Schema schema) => _outputs.For(schema);

    /// <summary>A record that fails here, with its original values and the options for converting its texts.</summary>
    public Record Fail(Record record, RecordError error) =>
        record.Fail(Options.Rules.Types.Count == 0 ? error : error with { Unconverted = [.. InputOf(record.Schema).Unconverted(record, Options.Conversion)] });

    private static NamedColumn[] NamedBefore(TransformOptions options) =>
        [.. options.Renames.Keys.Select(column => new NamedColumn("Rename", column))];

    // A column of -SetColumn or -Default that is missing is added.
    private static NamedColumn[] NamedAfter(TransformOptions options) =>
    [
        .. options.Expand is { } expand ? [new NamedColumn("Expand", expand)] : Array.Empty<NamedColumn>(),
        .. options.Columns.Select(column => new NamedColumn("Column", column)),
        .. options.ExcludeColumns.Where(column => !NamedColumn.IsWildcard(column)).Select(column => new NamedColumn("ExcludeColumn", column)),
        .. options.Hashes.SelectMany(hash => hash.Sources).Select(column => new NamedColumn("Hash", column)),
    ];
}
