using EtlTools.Engine.DeadLetters;
using EtlTools.Engine.Records;
using EtlTools.Engine.Stages;

namespace EtlTools.Engine.Load;

/// <summary>Handles what is known about records when their transaction commits: dead letters before the commit, counts and output after
/// it.</summary>
internal sealed class LoadOutcomes(
    EtlRun run, StageCounters counters, DeadLetterWriter? letters, LoadOptions options, LoadOutput output)
{
    private readonly Lock _lock = new();
    private long _failed;
    private long _seen;
    private volatile LoadTotals _totals = new();

    private LoadTotals _pending = new();
    private long _pendingGood;

    /// <summary>Whether a record has failed, here or before.</summary>
    public bool HasFailures => Volatile.Read(ref _failed) > 0;

    /// <summary>Whether a written record is waiting for the single commit of the load.</summary>
    public bool HasPending => _pendingGood > 0;

    /// <summary>The load's single transaction is committed.</summary>
    /// <param name="deleted">The rows that were deleted or marked.</param>
    public void Committed(long deleted)
    {
        lock (_lock)
        {
            _totals = _pending with { Deleted = deleted };
            counters.AddOut(_pendingGood);
            counters.AddLeft(_pendingGood);
        }
    }

    /// <summary>Counts records of other processes.</summary>
    public void PassBy(int records)
    {
        lock (_lock)
        {
            _totals = _totals with { Filtered = _totals.Filtered + records };
            counters.AddFiltered(records);
            counters.AddLeft(records);
        }
    }

    /// <summary>The totals of what is committed, at one moment.</summary>
    public LoadTotals Totals => _totals;

    /// <summary>Writes the letters of the failed rows and flushes them to the disk.</summary>
    /// <exception cref="EtlException">The letters cannot be written, or the first failure ends the load. The transaction must not be
    /// committed.</exception>
    public void WriteLetters(Batch batch, IReadOnlyList<RowRange> ranges)
    {
        bool any = false;
        int failed = 0;
        Record? firstFailed = null;
        foreach (int row in RowRange.RowsOf(ranges))
        {
            if (batch.OutcomeOf(row) is not (RowOutcome.Refused or RowOutcome.Rejected))
                continue;
            batch.Fail(row, counters);
            firstFailed ??= batch[row];
            if (!batch.TryTakeLetter(row))
                continue;
            failed++;
            if (letters is null)
                continue;
            letters.Write(batch[row], batch.SiblingOf(row));
            any = true;
        }
        if (any)
            letters!.Flush();
        if (options.StopAtFirstFailure && firstFailed is { Error: { } error })
            throw new EtlException(error.Code, FailureKind.InvalidData, firstFailed.Place + error.Message);
        RequireFewErrors(failed, batch.TakeUnseen(ranges[^1].End));
    }

    /// <summary>Ends the load if too many records have failed, before the current batch is committed.</summary>
    private void RequireFewErrors(int failed, int seen)
    {
        lock (_lock)
        {
            _failed += failed;
            _seen += seen;
            if (options.MaxErrorCount is { } most && _failed > most)
                throw TooMany($"-MaxErrorCount allows {most}");
            if (options.MaxErrorRate is { } rate && _seen >= LoadOptions.MinErrorSample && _failed > rate * _seen)
                throw TooMany(FormattableString.Invariant($"-MaxErrorRate allows {rate:0.#####} of {_seen}"));
        }
    }

    private EtlException TooMany(string limit) => new(
        FailureCodes.TooManyErrors, FailureKind.InvalidData,
        FormattableString.Invariant($"{_failed} records have failed, and {limit}. The open batch was not loaded; what was committed before stays."));

    /// <summary>Flushes the letters that other stages of the run have written for earlier records.</summary>
    public void FlushLetters() => run.FlushDeadLetters();

    /// <summary>Starts to measure a batch.</summary>
    /// <returns>The start time.</returns>
    public long Begin() => run.Time.GetTimestamp();

    /// <summary>A batch is loaded.</summary>
    public void TellLoaded(Batch batch, long begunAt)
    {
        TimeSpan elapsed = run.Time.GetElapsedTime(begunAt);
        counters.AddBatch(elapsed);
        run.Events.BatchLoaded(run, counters, batch.Count, elapsed);
    }

    /// <summary>A batch is not loaded.</summary>
    public void TellFailed(Batch batch, long begunAt, Exception cause, bool isFinal)
    {
        string code = cause switch
        {
            EtlException failure => failure.Code,
            TransientTargetException { IsContention: true } => "Contention",
            TransientTargetException => FailureCodes.TargetUnavailable,
            _ => cause.GetType().Name,
        };
        run.Events.BatchFailed(run, counters, batch.Count, run.Time.GetElapsedTime(begunAt), code, isFinal);
    }

    /// <summary>Counts committed rows and writes the records of -PassThru.</summary>
    public async ValueTask PublishAsync(Batch batch, IReadOnlyList<RowRange> ranges, bool isLast, CancellationToken cancellationToken)
    {
        var counts = new OutcomeCounts();
        var leaving = new List<Record>();
        lock (_lock)
        {
            foreach (int row in RowRange.RowsOf(ranges))
            {
                RowOutcome outcome = batch.OutcomeOf(row);
                counts.Add(batch.MayHaveBeenCommitted && outcome is (RowOutcome.Inserted or RowOutcome.Updated or RowOutcome.Unchanged) ? RowOutcome.Written : outcome);
                if (outcome != RowOutcome.Excluded && (outcome != RowOutcome.Refused ? options.PassThru : letters is null))
                    leaving.Add(batch[row]);
                if (outcome == RowOutcome.Refused && letters is not null)
                    CountFailed(batch[row]);
            }
            if (options.IsOneTransaction)
                _pending = _pending.Plus(counts, isLast, letters is not null);
            else
                _totals = _totals.Plus(counts, isLast, letters is not null);
            counters.AddFiltered(counts[RowOutcome.Excluded]);
            counters.AddLeft(counts[RowOutcome.Excluded]);
            if (options.IsOneTransaction)
            {
                _pendingGood += counts.Good;
            }
            else if (!options.PassThru)
            {
                counters.AddOut(counts.Good);
                counters.AddLeft(counts.Good);
            }
        }
        await output.PutAsync(leaving, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Counts a record that leaves as output. The consumer's thread.</summary>
    public void CountTaken(Record record)
    {
        if (record.Error is not null)
        {
            CountFailed(record);
            return;
        }
        counters.AddOut();
        counters.AddLeft();
    }

    private void CountFailed(Record record)
    {
        if (ReferenceEquals(record.Error!.FailedIn, counters))
            counters.AddFailed();
        else
            counters.AddForwarded();
        counters.AddLeft();
    }
}
