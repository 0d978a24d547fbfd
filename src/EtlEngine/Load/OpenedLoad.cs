using EtlTools.Engine.DeadLetters;
using EtlTools.Engine.Load.Shares;
using EtlTools.Engine.Resilience;
using EtlTools.Engine.Stages;

namespace EtlTools.Engine.Load;

/// <summary>A load before its first record, with its target connected and checked.</summary>
internal sealed class OpenedLoad : IAsyncDisposable
{
    public required StageCounters Counters { get; init; }

    public required EtlRun Run { get; init; }

    public required LoadOptions Options { get; init; }

    /// <summary>The kind of database.</summary>
    public required string Provider { get; init; }

    public required ITarget Target { get; init; }

    public required LoadWatermark? Watermark { get; init; }

    /// <summary>The session's breaker for the database, if it has breakers.</summary>
    public required CircuitBreaker? Breaker { get; init; }

    /// <summary>The dead letter, if there is one.</summary>
    public required DeadLetterWriter? Letters { get; init; }

    /// <summary>Whether the load owns the dead letter and disposes it.</summary>
    public required bool OwnsLetters { get; init; }

    /// <summary>The clock's time stamp when opening started.</summary>
    public required long OpenedAt { get; init; }

    /// <inheritdoc cref="LoadStage.OpenAsync"/>
    public static async Task<OpenedLoad> OpenAsync(
        string name, LoadOptions options, EtlRun run, DeadLetterWriter? sharedLetters, BreakerRegistry? breakers,
        Action<EtlException>? warn, CancellationToken cancellationToken)
    {
        options.Validate();
        IDialect dialect = Dialects.Get(options);
        Incomplete.RequireWhole(options, run);
        options.RequireShares(dialect, run.Selection);
        long openedAt = run.Time.GetTimestamp();
        var counters = new StageCounters(name) { Capacity = options.BufferSize };
        var retries = new LoadRetries(options, run, counters, warn: warn);
        DeadLetterWriter? letters = sharedLetters
            ?? (options.DeadLetterPath is { } path ? new DeadLetterWriter(path, run.Id, run.Time, redactor: run.Redactor) : null);
        ITarget target = await retries.RunAsync(token => dialect.OpenAsync(options, token), cancellationToken).ConfigureAwait(false);
        try
        {
            if (options.Partition is not null)
                ShareFilter.RequireAble(target);
            counters.Subject = $"{dialect.Name} {target.Database}, table {target.Table}";
            return new OpenedLoad
            {
                Counters = counters,
                Run = run,
                Options = options,
                Provider = dialect.Name,
                Target = target,
                Watermark = await retries.RunAsync(token => LoadWatermark.OpenAsync(target, options, run, counters, letters, token), cancellationToken).ConfigureAwait(false),
                Breaker = breakers?.Get(target.Database, options.Breaker),
                Letters = letters,
                OwnsLetters = sharedLetters is null,
                OpenedAt = openedAt,
            };
        }
        catch
        {
            await target.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await Target.DisposeAsync().ConfigureAwait(false);
        }
        finally
        {
            if (OwnsLetters)
                Letters?.Dispose();
        }
    }
}
