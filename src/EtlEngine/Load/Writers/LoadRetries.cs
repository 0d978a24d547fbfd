using EtlTools.Engine.Resilience;
using EtlTools.Engine.Stages;

namespace EtlTools.Engine.Load;

/// <summary>
/// Retries the calls of a loader or a query to its database: as long as the outage budget lasts, with the session's circuit breaker for the
/// database. All writers of a load share it, because they share an outage. Any thread.
/// </summary>
internal sealed class LoadRetries(
    RetryTerms terms, TimeProvider time, Random random, StageCounters? counters = null, CircuitBreaker? breaker = null, Action<EtlException>? warn = null)
{
    /// <summary>A longer outage is reported, so that the user knows why the load is waiting.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(1);

    /// <summary>How long no further outage is reported, because writers of two loads may block each other repeatedly.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(30);

    private readonly RetryPolicy _policy = new(
        new RetryOptions
        {
            Classify = TransientTargetException.Classify,
            Limit = RetryLimit.AfterOutageBudget(),
            OutageBudget = terms.OutageBudget,
            OnBreakerChange = change => warn?.Invoke(new EtlException(FailureCodes.TargetUnavailable, FailureKind.Unavailable, change.ToString())),
        },
        time, random, breaker);

    private long _beganAt;
    private long _toldAt;

    /// <summary>Creates the retries of a load.</summary>
    public LoadRetries(LoadOptions options, EtlRun run, StageCounters? counters = null, CircuitBreaker? breaker = null, Action<EtlException>? warn = null)
        : this(new RetryTerms(options.OutageBudget, () => "nothing of the open batch was loaded") { IsPreview = options.IsPreview, OwnCause = failure => OwnCauseOf(failure, options, run) }, run.Time, new Random(run.Id.GetHashCode()), counters, breaker, warn)
    {
    }

    /// <summary>A source of the same pipeline that reads the database waits for the load to take its rows, while the load waits for its locks.</summary>
    private static string? OwnCauseOf(TransientTargetException failure, LoadOptions options, EtlRun run) =>
        (failure.IsContention || failure.IsTimeout) && run.Readings.Any(reading => !reading.HasEnded && reading.Database == Dialects.Get(options).NameOf(options))
            ? $"Import-EtlSql in this pipeline reads that database, and its locks last until this load has taken all rows. If they are the cause, {Dialects.Get(options).BesideReader}, or read all rows into memory first: $rows = Import-EtlSql …; $rows | Export-EtlSqlUpsert …"
            : null;

    /// <summary>Runs a call, and retries it if that makes sense.</summary>
    /// <exception cref="EtlException">The outage budget is spent.</exception>
    public async ValueTask<T> RunAsync<T>(Func<CancellationToken, ValueTask<T>> call, CancellationToken cancellationToken)
    {
        TransientTargetException? last = null;
        long calledAt = time.GetTimestamp();
        try
        {
            T result = await _policy.ExecuteAsync(
                async token =>
                {
                    if (last is not null)
                        counters?.AddRetry();
                    long attemptedAt = time.GetTimestamp();
                    try
                    {
                        return await call(token).ConfigureAwait(false);
                    }
                    catch (TransientTargetException e)
                    {
                        last = e;
                        TellOfLongOutage(e, e.IsWait ? attemptedAt : time.GetTimestamp());
                        throw;
                    }
                },
                cancellationToken).ConfigureAwait(false);
            if (Interlocked.Exchange(ref _beganAt, 0) != 0)
                counters?.WaitUntil(null);
            return result;
        }
        catch (Exception e) when (e is TransientTargetException or BreakerOpenException)
        {
            long began = Volatile.Read(ref _beganAt);
            throw Outage.Spent(last, e, terms, time.GetElapsedTime(began == 0 ? calledAt : began));
        }
    }

    private void TellOfLongOutage(TransientTargetException failure, long beganAt)
    {
        long began = Volatile.Read(ref _beganAt);
        if (began == 0)
        {
            began = beganAt;
            Volatile.Write(ref _beganAt, began);
            counters?.WaitUntil(time.GetUtcNow() + terms.OutageBudget);
        }
        bool isToldAlready = _toldAt >= began || (_toldAt != 0 && time.GetElapsedTime(_toldAt) < Pause);
        if (isToldAlready || time.GetElapsedTime(began) < Silence || terms.OutageBudget == TimeSpan.Zero)
            return;
        _toldAt = time.GetTimestamp();
        warn?.Invoke(Outage.GoingOn(failure, terms));
    }
}
