using System.Collections;
using System.Globalization;
using System.Management.Automation;
using EtlTools.Cmdlets.Arguments;
using EtlTools.Cmdlets.Completion;
using EtlTools.Cmdlets.Pipeline;
using EtlTools.Cmdlets.Runspaces;
using EtlTools.Engine;
using EtlTools.Engine.Stages;
using EtlTools.Engine.Transform;
using EtlTools.Engine.Transform.Rules;

namespace EtlTools.Cmdlets;

/// <summary>Shapes, converts, checks and changes records: by declared steps, and by script blocks in a pool of runspaces.</summary>
[Cmdlet(VerbsLifecycle.Invoke, "EtlTransform")]
[OutputType(typeof(EtlRecord))]
public sealed class InvokeEtlTransformCommand : EtlInputCommand
{
    private readonly CancellationTokenSource _preparing = new();
    private RecordPoolStage? _stage;
    private RecordTransform? _transform;
    private ScriptBlocks? _blocks;
    private ForgottenUsing? _forgotten;
    private ScriptWorkers? _workers;

    /// <summary>Runs for each record as $_. What it emits is the output; nothing drops the record.</summary>
    [Parameter(Position = 0)]
    [Alias("Process")]
    [ValidateNotNull]
    public ScriptBlock? ScriptBlock { get; set; }

    /// <summary>Keeps the records for which it is true.</summary>
    [Parameter]
    [Alias("Where")]
    [ValidateNotNull]
    public ScriptBlock? FilterScript { get; set; }

    /// <summary>Takes the white space around texts off.</summary>
    [Parameter]
    public SwitchParameter Trim { get; set; }

    /// <summary>Values for columns that are missing, null or an empty text: @{ country = 'NL' }.</summary>
    [Parameter]
    [ValidateNotNull]
    [ArgumentCompleter(typeof(ColumnMapCompleter))]
    public IDictionary Default { get; set; } = new Hashtable();

    /// <summary>New names of columns: @{ old = 'new' }.</summary>
    [Parameter]
    [ValidateNotNull]
    [ArgumentCompleter(typeof(ColumnMapCompleter))]
    public IDictionary Rename { get; set; } = new Hashtable();

    /// <summary>The types of columns: @{ amount = 'decimal' }. Converted before the rules and the script block.</summary>
    [Parameter]
    [ValidateNotNull]
    [ColumnTypesArgument]
    [ArgumentCompleter(typeof(ColumnMapCompleter))]
    public IDictionary Type { get; set; } = new Hashtable();

    /// <summary>What happens to a column that -Type, -Rename or -Column names and a record lacks. Default: an error.</summary>
    [Parameter]
    public MissingColumnAction MissingColumnAction { get; set; }

    /// <summary>The culture of numbers and dates. Default: what a dead letter says of its record, else the invariant one.</summary>
    [Parameter]
    [CultureArgument]
    [ValidateNotNull]
    [ArgumentCompleter(typeof(CultureCompleter))]
    public CultureInfo Culture { get; set; } = CultureInfo.InvariantCulture;

    /// <summary>The formats of dates and timestamps. Default: what a dead letter says of its record, else ISO 8601, and the culture's.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] DateTimeFormat { get; set; } = [];

    /// <summary>The time zone of timestamps without an offset. Default: what a dead letter says of its record, else UTC.</summary>
    [Parameter]
    [TimeZoneArgument]
    [ArgumentCompleter(typeof(TimeZoneCompleter))]
    [ValidateNotNull]
    public TimeZoneInfo TimeZone { get; set; } = TimeZoneInfo.Utc;

    /// <summary>How numbers may be written beside the plain form: Parentheses, TrailingSign, Currency, Percent, Groups, Any.</summary>
    [Parameter]
    public EtlNumberNotation NumberNotation { get; set; }

    /// <summary>The texts that are true in a bool column, instead of the usual ones.</summary>
    [Parameter]
    [ValidateNotNull]
    [AllowEmptyString]
    public string[] TrueValue { get; set; } = [];

    /// <summary>The texts that are false in a bool column, instead of the usual ones.</summary>
    [Parameter]
    [ValidateNotNull]
    [AllowEmptyString]
    public string[] FalseValue { get; set; } = [];

    /// <summary>Columns that must be there, and neither null nor an empty text.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ColumnCompleter))]
    public string[] Required { get; set; } = [];

    /// <summary>Columns that must hold a text that is not blank.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ColumnCompleter))]
    public string[] RequiredString { get; set; } = [];

    /// <summary>The most characters a column may have: @{ email = 254 }.</summary>
    [Parameter]
    [ValidateNotNull]
    [ArgumentCompleter(typeof(ColumnMapCompleter))]
    public IDictionary MaxLength { get; set; } = new Hashtable();

    /// <summary>The fewest characters a column may have: @{ code = 2 }.</summary>
    [Parameter]
    [ValidateNotNull]
    [ArgumentCompleter(typeof(ColumnMapCompleter))]
    public IDictionary MinLength { get; set; } = new Hashtable();

    /// <summary>The least and the most: @{ amount = 0, 10000 }; $null for an open end.</summary>
    [Parameter]
    [ValidateNotNull]
    [ArgumentCompleter(typeof(ColumnMapCompleter))]
    public IDictionary Range { get; set; } = new Hashtable();

    /// <summary>Regular expressions: @{ email = '^[^@]+@[^@]+$' }.</summary>
    [Parameter]
    [Alias("Match")]
    [ValidateNotNull]
    [ArgumentCompleter(typeof(ColumnMapCompleter))]
    public IDictionary Pattern { get; set; } = new Hashtable();

    /// <summary>The values a column may have: @{ status = 'new', 'paid' }.</summary>
    [Parameter]
    [Alias("AllowedValues")]
    [ValidateNotNull]
    [ArgumentCompleter(typeof(ColumnMapCompleter))]
    public IDictionary AllowedValue { get; set; } = new Hashtable();

    /// <summary>Columns of which no two records may have the same value; a list in the list is a combination.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ColumnCompleter))]
    public object[] Unique { get; set; } = [];

    /// <summary>Different values that -Unique remembers of each column. Default 10000000.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int UniqueLimit { get; set; } = RuleOptions.DefaultUniqueLimit;

    /// <summary>A JSON file of types and rules. What is given here as well counts before what it says.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? RulePath { get; set; }

    /// <summary>Columns to set or add, to a value or to what a block computes: @{ gross = { $_.net * 1.19 }; source = 'shop' }.</summary>
    [Parameter]
    [ValidateNotNull]
    [ArgumentCompleter(typeof(ColumnMapCompleter))]
    public IDictionary SetColumn { get; set; } = new Hashtable();

    /// <summary>A column whose list becomes several records.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ColumnCompleter))]
    public string? Expand { get; set; }

    /// <summary>The columns to keep, in this order.</summary>
    [Parameter]
    [Alias("Property")]
    [SupportsWildcards]
    [ColumnNamesArgument]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ColumnCompleter))]
    public string[] Column { get; set; } = [];

    /// <summary>Columns to leave out.</summary>
    [Parameter]
    [Alias("ExcludeProperty")]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ColumnCompleter))]
    public string[] ExcludeColumn { get; set; } = [];

    /// <summary>Columns that become the SHA-256 of columns: @{ row_key = 'order_id', 'line_no' }.</summary>
    [Parameter]
    [ValidateNotNull]
    public IDictionary Hash { get; set; } = new Hashtable();

    /// <summary>Arguments of the script blocks, for their param() or $args.</summary>
    [Parameter]
    [Alias("Args")]
    [AllowNull]
    [AllowEmptyCollection]
    public object?[] ArgumentList { get; set; } = [];

    /// <summary>Runs once in each worker before its first record.</summary>
    [Parameter]
    [ValidateNotNull]
    public ScriptBlock? InitializationScript { get; set; }

    /// <summary>Modules that each worker imports.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] ImportModule { get; set; } = [];

    /// <summary>Functions of your session that the blocks may call.</summary>
    [Parameter]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(FunctionCompleter))]
    public string[] Function { get; set; } = [];

    /// <summary>Seconds that the blocks may take for one record. Default: no limit.</summary>
    [Parameter]
    [ValidateRange(0.1, 86400)]
    public double TimeoutSec { get; set; }

    /// <summary>Lets records leave as they are finished.</summary>
    [Parameter]
    public SwitchParameter Unordered { get; set; }

    /// <summary>Every script block that was given.</summary>
    internal IEnumerable<ScriptBlock> Blocks =>
        new[] { FilterScript, ScriptBlock, InitializationScript }.Concat(SetColumn.Values.Cast<object?>().Select(ValueUnwrapper.Unwrap)).OfType<ScriptBlock>();

    /// <summary>How texts are read, as far as the call says so.</summary>
    internal ConversionContext GivenConversion => new(
        IsGiven(nameof(Culture)) ? Culture : null, IsGiven(nameof(DateTimeFormat)) ? DateTimeFormat : null, IsGiven(nameof(TimeZone)) ? TimeZone : null)
    {
        NumberNotation = IsGiven(nameof(NumberNotation)) ? (NumberNotations)NumberNotation : null,
        TrueValues = IsGiven(nameof(TrueValue)) ? TrueValue : null,
        FalseValues = IsGiven(nameof(FalseValue)) ? FalseValue : null,
    };

    internal override bool KeepsNumbers => !Unordered;

    private protected override IRecordInput Input => _stage!;

    internal override bool HasFixedColumns => MakesNoColumns && Previous?.HasFixedColumns == true;

    private protected override void OnBegin()
    {
        OpenStage(NewStage);
        foreach (object message in _workers?.MessagesOfSetup ?? [])
            StreamRecords.Write(this, message);
        foreach (string warning in _forgotten!.Warnings())
            WriteWarning(warning);
        if (RemovedProperties.AreIn(Blocks))
            WriteWarning("A script block calls $_.PSObject.Properties.Remove, which does not remove a column of a record. Use -ExcludeColumn, or end the block with $_ | Select-Object -ExcludeProperty.");
    }

    private RecordPoolStage NewStage()
    {
        if (Unordered)
            Context.Run.GiveUpOrder("Invoke-EtlTransform");
        _forgotten = new ForgottenUsing([.. Blocks], FunctionArguments.Find(Function, this), this);
        _forgotten.Check(importsModules: ImportModule.Length > 0);
        _blocks = TransformArguments.Blocks(this);
        _transform = new RecordTransform(
            TransformArguments.Options(this),
            () => Previous?.HasFixedColumns == true,
            () => Previous?.HasFixedColumns == true && MakesNoColumns);
        RequireAllOfUnique();
        return _stage = new RecordPoolStage("Invoke-EtlTransform", SizeOfStage with { KeepOrder = !Unordered }, Context.Run.Time, NewWorker(_transform, _blocks));
    }

    /// <summary>Of records that are shared by their key each process sees a part.</summary>
    private void RequireAllOfUnique()
    {
        if (Context.Run.Selection is { } selection && !_transform!.UniqueValues.All(values => values.Covers(selection.Key)))
            throw new EtlException(
                FailureCodes.PartitionImpossible, FailureKind.InvalidCall,
                "-Unique after Select-EtlPartition sees only the records of one share. Check before it, or check all columns of its -Key.");
    }

    private protected override string? Plan
    {
        get
        {
            // Names of columns only: other arguments may hold values.
            string rules = string.Join(", ", MyInvocation.BoundParameters
                .Where(bound => bound.Value is IDictionary || bound.Key == nameof(Required))
                .Select(bound => $"{bound.Key} {string.Join(' ', bound.Value is IDictionary map ? map.Keys.Cast<object>() : Required)}"));
            string block = ScriptBlock is null ? "no script block" : "a script block";
            return FormattableString.Invariant($"Invoke-EtlTransform: {(rules.Length > 0 ? rules : "no rules")}; {block}; {ThrottleLimit} workers, a buffer of {BufferSize} records.");
        }
    }

    internal override void WriteMessages()
    {
        while (_stage?.TryTakeMessage(out object? message) == true)
            _workers!.Messages.Write(this, message);
        _workers?.Messages.WriteProgressTo(this);
    }

    private protected override void OnCompleted()
    {
        StageCounters c = _stage!.Counters;
        long asked = c.In - c.Forwarded - c.Failed;
        if (c.Filtered > 0 && c.Out == 0)
        {
            WriteWarning(_blocks!.HasBlock
                ? $"The script block of Invoke-EtlTransform emitted nothing for any of {asked} records. To pass a record on, end the block with $_."
                : $"The filter of Invoke-EtlTransform kept none of {asked} records.");
        }
        foreach (string unseen in _transform!.UnseenColumns)
            WriteWarning(unseen);
    }

    private protected override void OnStopping() => _preparing.Cancel();

    private protected override void OnDisposed() => _workers?.Dispose();

    private bool MakesNoColumns => _blocks?.HasBlock == false && FilterScript is null && Expand is null;

    private PoolWorker<RecordChunk> NewWorker(RecordTransform transform, ScriptBlocks blocks)
    {
        WorkerSetup setup = TransformArguments.Setup(this);
        if (blocks.IsEmpty)
            return port => TransformWorker.RunAsync(port, transform);
        var session = new WorkerSession(this, setup, blocks.Using);
        _workers = new ScriptWorkers(transform, blocks, session, TimeoutSec > 0 ? TimeSpan.FromSeconds(TimeoutSec) : null);
        if (setup.CanFail)
            _workers.Prepare(Context.Run.Time, _preparing.Token);
        return _workers.RunAsync;
    }
}
