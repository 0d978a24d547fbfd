namespace EtlTools.Engine.Load;

/// <summary>What to load where, and how.</summary>
public sealed record LoadOptions
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

    /// <summary>The database: one of <see cref="Dialects.Names"/>.</summary>
    public required string Provider { get; init; }

    /// <summary>The connection string, in the provider's own form.</summary>
    public required string ConnectionString { get; init; }

    /// <summary>The target table; may be qualified with its schema and quoted.</summary>
    public required string Table { get; init; }

    /// <summary>The columns that identify a row; a unique constraint of the target must be on exactly these.</summary>
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

    /// <summary>The folder that a relative database file is resolved against; default the process's.</summary>
    public string? BaseDirectory { get; init; }

    /// <summary>Throws when a value cannot work.</summary>
    /// <exception cref="EtlException">What to change.</exception>
    public LoadOptions Validate()
    {
        Require(!string.IsNullOrWhiteSpace(ConnectionString), FailureCodes.InvalidConnectionString, "-ConnectionString is empty.");
        Require(!string.IsNullOrWhiteSpace(Table), FailureCodes.InvalidParameter, "-Table is empty.");
        Require(Key.Count > 0, FailureCodes.InvalidParameter, "-Key needs at least one column: rows are matched by it.");
        Require(Key.All(name => !string.IsNullOrWhiteSpace(name)), FailureCodes.InvalidParameter, "-Key holds an empty name.");
        string? twice = Key.GroupBy(name => name, StringComparer.OrdinalIgnoreCase).FirstOrDefault(group => group.Count() > 1)?.Key;
        Require(twice is null, FailureCodes.InvalidParameter, $"-Key names the column '{twice}' twice.");
        Require(BatchSize is >= 1 and <= MaxBatchSize, FailureCodes.InvalidParameter, $"-BatchSize must be from 1 to {MaxBatchSize:N0}.");
        Require(BufferSize >= 1, FailureCodes.InvalidParameter, "-BufferSize must be at least 1.");
        Require(
            FlushInterval > TimeSpan.Zero && FlushInterval <= MaxFlushInterval, FailureCodes.InvalidParameter,
            $"-FlushIntervalSec must be longer than zero and at most {MaxFlushInterval.TotalHours} hours.");
        Require(OutageBudget >= TimeSpan.Zero, FailureCodes.InvalidParameter, "-OutageBudgetSec must not be negative.");
        return this;
    }

    private static void Require(bool condition, string code, string message)
    {
        if (!condition)
            throw new EtlException(code, FailureKind.InvalidCall, message);
    }
}
