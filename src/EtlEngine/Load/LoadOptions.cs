using System.Text.RegularExpressions;
using EtlTools.Engine.DeadLetters;

namespace EtlTools.Engine.Load;

/// <summary>What a load does with columns that its target lacks.</summary>
internal enum ExtraColumn
{
    /// <summary>The call is refused at the first record; later records fail.</summary>
    Error,

    /// <summary>They are left out.</summary>
    Ignore,

    /// <summary>They are added to the table, typed by the record that has them first.</summary>
    Add,
}

/// <summary>What a load does where a value does not fit the type of its column.</summary>
internal enum SchemaChange
{
    /// <summary>The record fails.</summary>
    Freeze,

    /// <summary>The column gets the next wider type that takes the value, where there is one that loses nothing of what the
    /// column holds.</summary>
    Evolve,
}

/// <summary>What a load does with a record whose watched column is null.</summary>
internal enum NullWatermark
{
    /// <summary>It is loaded.</summary>
    Include,

    /// <summary>It is left out.</summary>
    Exclude,

    /// <summary>It fails.</summary>
    Error,
}

/// <summary>What to load where, and how.</summary>
internal sealed partial record LoadOptions : TargetOptions
{
    /// <summary>The default of <see cref="BatchSize"/>, in records: large against a commit's cost, small against memory.</summary>
    public const int DefaultBatchSize = 5_000;

    /// <summary>The largest <see cref="BatchSize"/>: a batch is held in memory until it is committed.</summary>
    public const int MaxBatchSize = 1_000_000;

    /// <summary>The default of <see cref="FlushInterval"/>.</summary>
    public static readonly TimeSpan DefaultFlushInterval = TimeSpan.FromSeconds(1);

    /// <summary>The largest <see cref="FlushInterval"/>: what waits longer than a day is forgotten, not gathered.</summary>
    public static readonly TimeSpan MaxFlushInterval = TimeSpan.FromDays(1);

    /// <summary>The default of <see cref="OutageBudget"/>.</summary>
    public static readonly TimeSpan DefaultOutageBudget = TimeSpan.FromSeconds(120);

    /// <summary>The target table; may be qualified with its schema and quoted.</summary>
    public required string Table { get; init; }

    /// <summary>What happens to the records. Default Upsert.</summary>
    public LoadMode Mode { get; init; }

    /// <summary>The columns that identify a row; a unique constraint of the target must be on exactly these. None with
    /// <see cref="LoadMode.Append"/>.</summary>
    public required IReadOnlyList<string> Key { get; init; }

    /// <summary>Whether an absent table is created from the first good record. Default false.</summary>
    public bool CreateTable { get; init; }

    /// <summary>Records a transaction holds at most. Default 5,000.</summary>
    public int BatchSize { get; init; } = DefaultBatchSize;

    /// <summary>How long after its first record arrived a batch is committed at the latest. Default 1 s.</summary>
    public TimeSpan FlushInterval { get; init; } = DefaultFlushInterval;

    /// <summary>Records that wait for the loader at most, beyond the batch in work. Default 10,000.</summary>
    public int BufferSize { get; init; } = Stages.StageOptions.DefaultBufferSize;

    /// <summary>Whether committed records are the stage's output. Default false.</summary>
    public bool PassThru { get; init; }

    /// <summary>The full path of the file that failed records are written to; null, the default, to put them out instead.</summary>
    public string? DeadLetterPath { get; init; }

    /// <summary>How long a locked or unreachable target is tried again before the run stops. Default 120 s.</summary>
    public TimeSpan OutageBudget { get; init; } = DefaultOutageBudget;

    /// <summary>Whether the first failed record, of this stage or an earlier one, ends the load: its batch is then rolled
    /// back. Default false.</summary>
    public bool StopAtFirstFailure { get; init; }

    /// <summary>Writers at most, a connection each; the database or the table may allow one only. Default 1.</summary>
    public int ThrottleLimit { get; init; } = 1;

    /// <summary>Columns of the records whose column in the target has another name: from the record's to the target's.</summary>
    public IReadOnlyDictionary<string, string> ColumnMap { get; init; } = new Dictionary<string, string>();

    /// <summary>How names of columns become those of the target where <see cref="ColumnMap"/> does not name them. Default as they are.</summary>
    public NameCase NameCase { get; init; }

    /// <summary>The types of columns that the load makes, as the database writes them, by their names in the target; the others get one
    /// for their values.</summary>
    public IReadOnlyDictionary<string, string> ColumnTypes { get; init; } = new Dictionary<string, string>();

    /// <summary>What to do with columns that the target lacks. Default Error.</summary>
    public ExtraColumn ExtraColumn { get; init; }

    /// <summary>What to do where a value does not fit the type of its column. Default Freeze. Columns of the key never change.</summary>
    public SchemaChange SchemaChange { get; init; }

    /// <summary>The columns, as the target names them, that an existing row gets anew; null, the default, for all that the
    /// record has.</summary>
    public IReadOnlyList<string>? UpdateColumn { get; init; }

    /// <summary>Whether existing rows are left as they are: <see cref="LoadMode.Insert"/>.</summary>
    public bool InsertOnly
    {
        get => Mode == LoadMode.Insert;
        init => Mode = value ? LoadMode.Insert : Mode;
    }

    /// <summary>The column, as the target names it, whose value must be newer than the stored one for an existing row to be updated;
    /// null, the default, for none.</summary>
    public string? UpdateWhenNewer { get; init; }

    /// <summary>Whether rows whose key no record had are deleted at the end of a run that has read everything; the load is then one
    /// transaction. Default false.</summary>
    public bool DeleteMissing { get; init; }

    /// <summary>The column, as the target names it, that marks such rows instead; null, the default, to delete them.</summary>
    public string? DeletedColumn { get; init; }

    /// <summary>Values by the target's columns: rows with other ones are none that the source could have. Default none.</summary>
    public IReadOnlyDictionary<string, object?> MissingScope { get; init; } = new Dictionary<string, object?>();

    /// <summary>Whether the load is one transaction, committed when all its input has come.</summary>
    internal bool IsOneTransaction => Mode == LoadMode.Replace || DeleteMissing;

    /// <summary>Whether an existing row that has all values already is not written. Default false.</summary>
    public bool SkipUnchanged { get; init; }

    /// <summary>When the database's breaker opens and for how long.</summary>
    public Resilience.BreakerOptions Breaker { get; init; } = new();

    /// <summary>Whether a batch goes to the dead letter when the outage budget is spent, and the run continues. Default false: the
    /// run stops.</summary>
    public bool DeadLetterOutages { get; init; }

    /// <summary>The failed records, of this stage and of earlier ones, after which the run stops; null, the default, for no
    /// limit.</summary>
    public long? MaxErrorCount { get; init; }

    /// <summary>The share of failed records, from 0 to 1, above which the run stops, once <see cref="MinErrorSample"/> records
    /// have come; null, the default, for no limit.</summary>
    public double? MaxErrorRate { get; init; }

    /// <summary>The number of records before which a rate of errors says nothing.</summary>
    public const int MinErrorSample = 1_000;

    /// <summary>The name of the watermark that is kept in the target; null, the default, for none.</summary>
    public string? WatermarkName { get; init; }

    /// <summary>The column whose largest loaded value the watermark keeps; null, the default, for none.</summary>
    public string? WatermarkColumn { get; init; }

    /// <summary>What is taken off a time in that column, for records that come late. Default none.</summary>
    public TimeSpan WatermarkLag { get; init; }

    /// <summary>What to do with a record whose watched column is null. Default Error: it fails.</summary>
    public NullWatermark NullWatermark { get; init; } = NullWatermark.Error;

    /// <summary>The table, created on demand, in which watermarks are kept; may be qualified with its schema.</summary>
    public string WatermarkTable { get; init; } = WatermarkStore.DefaultTable;

    /// <summary>Throws when a value cannot work.</summary>
    /// <exception cref="EtlException">What to change.</exception>
    public LoadOptions Validate()
    {
        Require(!string.IsNullOrWhiteSpace(Table), FailureCodes.InvalidParameter, "-Table is empty.");
        Require(
            Mode is LoadMode.Append or LoadMode.Replace || Key.Count > 0, FailureCodes.InvalidParameter,
            "-Key is required: rows are matched by it. Only -Mode Append and -Mode Replace work without -Key.");
        RequireOneTransaction();
        RequireSharable();
        Require(Mode != LoadMode.Append || Key.Count == 0, FailureCodes.InvalidParameter, "-Mode Append inserts each record as a new row, so it cannot be combined with -Key.");
        Require(
            Mode != LoadMode.Append || (UpdateColumn is null && UpdateWhenNewer is null && !SkipUnchanged), FailureCodes.InvalidParameter,
            "-Mode Append does not look at existing rows, so it cannot be combined with -UpdateColumn, -UpdateWhenNewer or -SkipUnchanged.");
        Require(Key.All(name => !string.IsNullOrWhiteSpace(name)), FailureCodes.InvalidParameter, "-Key contains an empty name.");
        string? twice = Key.GroupBy(name => name, StringComparer.OrdinalIgnoreCase).FirstOrDefault(group => group.Count() > 1)?.Key;
        Require(twice is null, FailureCodes.InvalidParameter, $"-Key names the column '{twice}' twice.");
        string? noType = ColumnTypes.FirstOrDefault(pair => !TypeText().IsMatch(pair.Value)).Key;
        Require(noType is null, FailureCodes.InvalidParameter, $"-ColumnType gives the column '{noType}' a text that is not a type. Write it as the database does, such as numeric(12,2), varchar(40) or timestamp with time zone.");
        Require(BatchSize is >= 1 and <= MaxBatchSize, FailureCodes.InvalidParameter, $"-BatchSize must be from 1 to {MaxBatchSize:N0}.");
        Require(BufferSize >= 1, FailureCodes.InvalidParameter, "-BufferSize must be at least 1.");
        Require(
            FlushInterval > TimeSpan.Zero && FlushInterval <= MaxFlushInterval, FailureCodes.InvalidParameter,
            $"-FlushIntervalSec must be longer than zero and at most {MaxFlushInterval.TotalHours} hours.");
        Require(ThrottleLimit >= 1, FailureCodes.InvalidParameter, "-ThrottleLimit must be at least 1.");
        Require(!(InsertOnly && UpdateColumn is not null), FailureCodes.InvalidParameter, "-Mode Insert (-InsertOnly) leaves existing rows alone, so it cannot be combined with -UpdateColumn.");
        Require(!(InsertOnly && SkipUnchanged), FailureCodes.InvalidParameter, "-Mode Insert (-InsertOnly) leaves existing rows alone, so it cannot be combined with -SkipUnchanged.");
        Require(
            !(InsertOnly && UpdateWhenNewer is not null), FailureCodes.InvalidParameter,
            "-Mode Insert (-InsertOnly) leaves existing rows alone, so it cannot be combined with -UpdateWhenNewer.");
        Require(
            UpdateWhenNewer is null || UpdateColumn?.Contains(UpdateWhenNewer, StringComparer.OrdinalIgnoreCase) != false, FailureCodes.InvalidParameter,
            $"-UpdateWhenNewer compares '{UpdateWhenNewer}', which -UpdateColumn does not update. Add it there, too.");
        Require(!DeadLetterOutages || DeadLetterPath is not null, FailureCodes.InvalidParameter, "-OnOutage DeadLetter needs -DeadLetterPath.");
        Require(MaxErrorCount is null or >= 0, FailureCodes.InvalidParameter, "-MaxErrorCount must not be negative.");
        Require(MaxErrorRate is null or (>= 0 and <= 1), FailureCodes.InvalidParameter, "-MaxErrorRate must be between 0 and 1.");
        Require(WatermarkName is null || WatermarkName.Length is > 0 and <= 200, FailureCodes.InvalidParameter, "-WatermarkName must have 1 to 200 characters.");
        Require(WatermarkName is not null || WatermarkColumn is null, FailureCodes.InvalidParameter, "-WatermarkColumn needs -WatermarkName.");
        Require(WatermarkLag >= TimeSpan.Zero, FailureCodes.InvalidParameter, "-WatermarkLag must not be negative.");
        Require(OutageBudget >= TimeSpan.Zero, FailureCodes.InvalidParameter, "-OutageBudgetSec must not be negative.");
        return this;
    }

    /// <summary>Checks what goes with a load that is one transaction.</summary>
    private void RequireOneTransaction()
    {
        Require(DeletedColumn is null || DeleteMissing, FailureCodes.InvalidParameter, "-DeletedColumn says how -DeleteMissing marks rows. Use it with -DeleteMissing.");
        Require(MissingScope.Count == 0 || DeleteMissing, FailureCodes.InvalidParameter, "-MissingScope says which rows -DeleteMissing looks at. Use it with -DeleteMissing.");
        if (!IsOneTransaction)
            return;
        string what = DeleteMissing ? "-DeleteMissing" : "-Mode Replace";
        Require(!DeleteMissing || Mode is LoadMode.Upsert or LoadMode.Insert, FailureCodes.InvalidParameter, $"-DeleteMissing finds rows by their key, so it cannot be combined with -Mode {Mode}.");
        Require(
            DeleteMissing || (UpdateColumn is null && UpdateWhenNewer is null && !SkipUnchanged), FailureCodes.InvalidParameter,
            "-Mode Replace keeps no existing row, so it cannot be combined with -UpdateColumn, -UpdateWhenNewer or -SkipUnchanged.");
        Require(WatermarkName is null, FailureCodes.InvalidParameter, $"{what} needs the whole source in each run, so it cannot be combined with -WatermarkName.");
        Require(!PassThru, FailureCodes.InvalidParameter, $"{what} commits at the end only, so it cannot be combined with -PassThru. Use -ResultVariable for the result.");
        Require(!DeadLetterOutages, FailureCodes.InvalidParameter, $"{what} loads all or nothing, so it cannot be combined with -OnOutage DeadLetter.");
        Require(
            ExtraColumn != ExtraColumn.Add && SchemaChange == SchemaChange.Freeze, FailureCodes.InvalidParameter,
            $"{what} locks the table for the whole load, so the table cannot be changed: -ExtraColumn Add and -SchemaChange Evolve cannot be combined with it.");
    }

    /// <summary>Whether the target is only looked at: nothing of it may be touched.</summary>
    internal bool IsPreview { get; init; }

    /// <summary>The name that a record's column has in the target.</summary>
    internal string TargetNameOf(string column) => ColumnMap.TryGetValue(column, out string? name) ? name : NameFold.Of(column, NameCase);

    /// <summary>Words, names in quotes or brackets, and numbers in parentheses: it becomes a part of a statement.</summary>
    [GeneratedRegex("""^ *[\p{L}_"\[][\w ."\[\]]*(\( *-?\w+( *, *-?\w+)* *\)[\w ]*)?(\[\])* *$""", RegexOptions.NonBacktracking)]
    private static partial Regex TypeText();

    private static void Require(bool condition, string code, string message)
    {
        if (!condition)
            throw new EtlException(code, FailureKind.InvalidCall, message);
    }
}
