using System.Text.RegularExpressions;
using EtlTools.Engine.DeadLetters;

namespace EtlTools.Engine.Load;

/// <summary>What to do with columns that the target does not have.</summary>
internal enum ExtraColumn
{
    /// <summary>Refuse the call at the first record; later records fail.</summary>
    Error,

    /// <summary>Leave them out.</summary>
    Ignore,

    /// <summary>Add them to the table, with the type of the first record that has them.</summary>
    Add,
}

/// <summary>What to do if a value does not fit the type of its column.</summary>
internal enum SchemaChange
{
    /// <summary>The record fails.</summary>
    Freeze,

    /// <summary>Give the column the next wider type that accepts the value, if there is one that keeps all existing values.</summary>
    Evolve,
}

/// <summary>What to do with a record whose watched column is null.</summary>
internal enum NullWatermark
{
    /// <summary>It is loaded.</summary>
    Include,

    /// <summary>It is left out.</summary>
    Exclude,

    /// <summary>It fails.</summary>
    Error,
}

/// <summary>What to load, where, and how.</summary>
internal sealed partial record LoadOptions : TargetOptions
{
    /// <summary>The default of <see cref="BatchSize"/> in records: large compared with the cost of a commit, small compared with the
    /// memory.</summary>
    public const int DefaultBatchSize = 5_000;

    /// <summary>The largest <see cref="BatchSize"/>: a batch is held in memory until it is committed.</summary>
    public const int MaxBatchSize = 1_000_000;

    /// <summary>The default of <see cref="FlushInterval"/>.</summary>
    public static readonly TimeSpan DefaultFlushInterval = TimeSpan.FromSeconds(1);

    /// <summary>The largest <see cref="FlushInterval"/>; nobody wants a batch to wait longer than a day.</summary>
    public static readonly TimeSpan MaxFlushInterval = TimeSpan.FromDays(1);

    /// <summary>The default of <see cref="OutageBudget"/>.</summary>
    public static readonly TimeSpan DefaultOutageBudget = TimeSpan.FromSeconds(120);

    /// <summary>The target table; the name may have a schema and quotes.</summary>
    public required string Table { get; init; }

    /// <summary>How records are written. Default Upsert.</summary>
    public LoadMode Mode { get; init; }

    /// <summary>The columns that identify a row; the target needs a unique constraint on exactly these. None with <see
    /// cref="LoadMode.Append"/>.</summary>
    public required IReadOnlyList<string> Key { get; init; }

    /// <summary>Whether the table is created from the first good record if it does not exist. Default false.</summary>
    public bool CreateTable { get; init; }

    /// <summary>The largest number of records in a transaction. Default 5,000.</summary>
    public int BatchSize { get; init; } = DefaultBatchSize;

    /// <summary>The longest time from a batch's first record to its commit. Default 1 s.</summary>
    public TimeSpan FlushInterval { get; init; } = DefaultFlushInterval;

    /// <summary>The largest number of records that wait for the loader, in addition to the current batch. Default 10,000.</summary>
    public int BufferSize { get; init; } = Stages.StageOptions.DefaultBufferSize;

    /// <summary>Whether committed records are the stage's output. Default false.</summary>
    public bool PassThru { get; init; }

    /// <summary>The full path of the dead letter for failed records; null, the default, to output them instead.</summary>
    public string? DeadLetterPath { get; init; }

    /// <summary>How long a locked or unreachable target is retried before the run stops. Default 120 s.</summary>
    public TimeSpan OutageBudget { get; init; } = DefaultOutageBudget;

    /// <summary>Whether the first failed record, of this stage or an earlier one, ends the load; its batch is then rolled back. Default
    /// false.</summary>
    public bool StopAtFirstFailure { get; init; }

    /// <summary>The largest number of writers, with a connection each; the database or the table may allow only one. Default 1.</summary>
    public int ThrottleLimit { get; init; } = 1;

    /// <summary>Columns with another name in the target: from the record's name to the target's.</summary>
    public IReadOnlyDictionary<string, string> ColumnMap { get; init; } = new Dictionary<string, string>();

    /// <summary>How column names are converted for the target if <see cref="ColumnMap"/> does not name them. Default: not at all.</summary>
    public NameCase NameCase { get; init; }

    /// <summary>The types of created columns, in the database's notation, by their names in the target; other columns get a type that fits
    /// their values.</summary>
    public IReadOnlyDictionary<string, string> ColumnTypes { get; init; } = new Dictionary<string, string>();

    /// <summary>What to do with columns that the target does not have. Default Error.</summary>
    public ExtraColumn ExtraColumn { get; init; }

    /// <summary>What to do if a value does not fit the type of its column. Default Freeze. Key columns never change.</summary>
    public SchemaChange SchemaChange { get; init; }

    /// <summary>The columns to update in an existing row, by their names in the target; null, the default, for all columns of the
    /// record.</summary>
    public IReadOnlyList<string>? UpdateColumn { get; init; }

    /// <summary>Whether existing rows are left as they are: <see cref="LoadMode.Insert"/>.</summary>
    public bool InsertOnly
    {
        get => Mode == LoadMode.Insert;
        init => Mode = value ? LoadMode.Insert : Mode;
    }

    /// <summary>The column, by its name in the target, whose value must be newer than the stored one for an existing row to be updated;
    /// null, the default, for none.</summary>
    public string? UpdateWhenNewer { get; init; }

    /// <summary>Whether rows whose key no record has are deleted at the end of a complete run; the load is then one transaction. Default
    /// false.</summary>
    public bool DeleteMissing { get; init; }

    /// <summary>The column, by its name in the target, that marks such rows instead; null, the default, to delete them.</summary>
    public string? DeletedColumn { get; init; }

    /// <summary>Values by the target's columns. Rows with other values cannot come from the source, and are not deleted. Default
    /// none.</summary>
    public IReadOnlyDictionary<string, object?> MissingScope { get; init; } = new Dictionary<string, object?>();

    /// <summary>Whether each record must be in <see cref="MissingScope"/> when it is in the table: nothing keeps a row of another part from becoming
    /// what its record says.</summary>
    internal bool RequiresScope => MissingScope.Count > 0 && !InsertOnly && UpdateColumn is null && UpdateWhenNewer is null;

    /// <summary>Whether the load is one transaction, which is committed when its whole input has arrived.</summary>
    internal bool IsOneTransaction => Mode == LoadMode.Replace || DeleteMissing;

    /// <summary>Whether an existing row that already has all values is left unwritten. Default false.</summary>
    public bool SkipUnchanged { get; init; }

    /// <summary>When the database's breaker opens and for how long.</summary>
    public Resilience.BreakerOptions Breaker { get; init; } = new();

    /// <summary>Whether a batch goes to the dead letter when the outage budget is spent, and the run continues. Default false: the run
    /// stops.</summary>
    public bool DeadLetterOutages { get; init; }

    /// <summary>The number of failed records, of this stage and of earlier ones, at which the run stops; null, the default, for no
    /// limit.</summary>
    public long? MaxErrorCount { get; init; }

    /// <summary>The rate of failed records, from 0 to 1, above which the run stops, after <see cref="MinErrorSample"/> records; null, the
    /// default, for no limit.</summary>
    public double? MaxErrorRate { get; init; }

    /// <summary>The number of records below which an error rate means nothing.</summary>
    public const int MinErrorSample = 1_000;

    /// <summary>The name of the watermark that is kept in the target; null, the default, for none.</summary>
    public string? WatermarkName { get; init; }

    /// <summary>The column whose largest loaded value the watermark keeps; null, the default, for none.</summary>
    public string? WatermarkColumn { get; init; }

    /// <summary>What is subtracted from a time in that column, for records that arrive late. Default none.</summary>
    public TimeSpan WatermarkLag { get; init; }

    /// <summary>What to do with a record whose watched column is null. Default Error: it fails.</summary>
    public NullWatermark NullWatermark { get; init; } = NullWatermark.Error;

    /// <summary>The table for watermarks, created when needed; the name may have a schema.</summary>
    public TableName WatermarkTable { get; init; } = new(null, WatermarkStore.DefaultTable);

    /// <summary>Throws if an option is not valid.</summary>
    /// <exception cref="EtlException">Says what to change.</exception>
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
        string? alone = WatermarkColumn is not null ? null : WatermarkLag != TimeSpan.Zero ? "-WatermarkLag" : NullWatermark != NullWatermark.Error ? "-NullWatermark" : null;
        Require(alone is null, FailureCodes.InvalidParameter, $"{alone} is about the column of -WatermarkColumn, which is missing. Add it, or leave out {alone}.");
        Require(WatermarkLag >= TimeSpan.Zero, FailureCodes.InvalidParameter, "-WatermarkLag must not be negative.");
        Require(OutageBudget >= TimeSpan.Zero, FailureCodes.InvalidParameter, "-OutageBudgetSec must not be negative.");
        return this;
    }

    /// <summary>Checks the options of a load that is one transaction.</summary>
    private void RequireOneTransaction()
    {
        Require(DeletedColumn is null || DeleteMissing, FailureCodes.InvalidParameter, "-DeletedColumn says how -DeleteMissing marks rows. Use it with -DeleteMissing.");
        Require(MissingScope.Count == 0 || DeleteMissing, FailureCodes.InvalidParameter, "-MissingScope says which rows -DeleteMissing looks at. Use it with -DeleteMissing.");
        string? list = MissingScope.FirstOrDefault(pair => pair.Value is System.Collections.IList and not byte[]).Key;
        Require(list is null, FailureCodes.InvalidParameter, $"-MissingScope has a list for '{list}', and a column has one value. Load each part by itself.");
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

    /// <summary>Whether this is a preview, which must not change anything.</summary>
    internal bool IsPreview { get; init; }

    /// <summary>The target's name for a column of the records.</summary>
    internal string TargetNameOf(string column) => ColumnMap.TryGetValue(column, out string? name) ? name : NameFold.Of(column, NameCase);

    /// <summary>Whether a column of the target may get a wider type, if the database can change it.</summary>
    internal bool MayWiden(string column) =>
        SchemaChange == SchemaChange.Evolve && !ColumnTypes.ContainsKey(column) && !Key.Contains(column, StringComparer.OrdinalIgnoreCase);

    /// <summary>Words, quoted or bracketed names, and numbers in parentheses: the text becomes part of a statement.</summary>
    [GeneratedRegex("""^ *[\p{L}_"\[][\w ."\[\]]*(\( *-?\w+( *, *-?\w+)* *\)[\w ]*)?(\[\])* *$""", RegexOptions.NonBacktracking)]
    private static partial Regex TypeText();

    private static void Require(bool condition, string code, string message)
    {
        if (!condition)
            throw new EtlException(code, FailureKind.InvalidCall, message);
    }
}
