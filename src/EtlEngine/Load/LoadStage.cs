using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using EtlTools.Engine.DeadLetters;
using EtlTools.Engine.Records;
using EtlTools.Engine.Resilience;
using EtlTools.Engine.Stages;

namespace EtlTools.Engine.Load;

/// <summary>
/// Loads records into a table by key, with one transaction for each batch. The pipeline thread posts, takes and waits; the writer pool
/// loads. The output is the failed records, unless a dead letter takes them, and with <see cref="LoadOptions.PassThru"/> the committed
/// ones, in input order and after their commit.
/// </summary>
internal sealed class LoadStage : RecordStage, IRecordInput
{
    private readonly OpenedLoad _opened;
    private readonly LoadContext _load;
    private readonly Task _worker;
    private long _errors;
    private long _endedAt;
    private volatile bool _hasEnded;
    private volatile Exception? _fault;

    private LoadStage(OpenedLoad opened) : base(opened.Counters)
    {
        _opened = opened;
        _load = new LoadContext(opened, Notices, Signal);
        foreach (EtlException warning in opened.Target.Warnings)
            _load.Warn(warning);
        _worker = RunAsync();
    }

    /// <inheritdoc/>
    public override bool IsEnded => IsDone && _fault is null;

    /// <summary>The files of the database; none if it is on a server or in memory.</summary>
    public IReadOnlyList<string> TargetFiles => _opened.Target.Files;

    /// <inheritdoc/>
    protected override bool CanProceed => _load.Output.HasMore || _hasEnded || _load.Input.HasRoomAgain;

    private bool IsDone => _hasEnded && !_load.Output.HasMore;

    /// <summary>Connects, and checks everything that can be checked before the first record.</summary>
    /// <param name="name">The stage's name.</param>
    /// <param name="options">What to load, where, and how.</param>
    /// <param name="run">The run of the load.</param>
    /// <param name="sharedLetters">A dead letter that other stages of the run share, instead of <see cref="LoadOptions.DeadLetterPath"/>;
    /// the caller disposes it.</param>
    /// <param name="breakers">The session's breakers; null for none.</param>
    /// <param name="warn">Called while a target is waited for, on any thread.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="EtlException">The call cannot work, or the target is unavailable.</exception>
    public static async Task<LoadStage> OpenAsync(
        string name, LoadOptions options, EtlRun run, DeadLetterWriter? sharedLetters = null, BreakerRegistry? breakers = null,
        Action<EtlException>? warn = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(run);
        return new LoadStage(await OpenedLoad.OpenAsync(name, options, run, sharedLetters, breakers, warn, cancellationToken).ConfigureAwait(false));
    }

    /// <inheritdoc/>
    public bool TryPost(Record record) => _load.Input.TryPost(record);

    /// <inheritdoc/>
    public void Flush() => _load.Input.Flush();

    /// <inheritdoc/>
    public void CompleteInput() => _load.Input.Complete();

    /// <inheritdoc/>
    public override bool TryTake([NotNullWhen(true)] out Record? record)
    {
        // Output from before the error is returned first, so the worker's end is checked before the output's.
        bool ended = _hasEnded;
        if (!_load.Output.TryTake(out record))
        {
            if (ended && _fault is { } fault)
                ExceptionDispatchInfo.Throw(fault);
            return false;
        }
        if (record.Error is not null)
            Volatile.Write(ref _errors, _errors + 1);
        _load.Outcomes.CountTaken(record);
        return true;
    }

    /// <summary>What the load has done so far. Counts only committed records. Any thread.</summary>
    public LoadSummary Summarize()
    {
        LoadTotals totals = _load.Outcomes.Totals;
        TimeProvider time = _opened.Run.Time;
        long endedAt = Volatile.Read(ref _endedAt);
        bool tells = totals.Written == 0;
        return new LoadSummary
        {
            Provider = _opened.Provider,
            Database = _opened.Target.Database,
            Table = _opened.Target.Table,
            Received = Counters.In,
            Loaded = totals.Inserted + totals.Updated + totals.Written,
            Inserted = tells ? totals.Inserted : null,
            Updated = tells ? totals.Updated : null,
            Superseded = totals.Superseded,
            Unchanged = totals.Unchanged,
            Filtered = totals.Filtered,
            DeadLettered = totals.DeadLettered,
            Errors = Volatile.Read(ref _errors),
            Retries = Counters.Retries,
            Batches = totals.Batches,
            Deleted = totals.Deleted,
            LostBefore = _load.LostBefore,
            Watermark = _opened.Watermark?.Progress.Newest,
            Elapsed = endedAt == 0 ? time.GetElapsedTime(_opened.OpenedAt) : time.GetElapsedTime(_opened.OpenedAt, endedAt),
        };
    }

    /// <inheritdoc/>
    protected override async ValueTask ReleaseAsync()
    {
        await _load.Input.DisposeAsync().ConfigureAwait(false);
        await _worker.ConfigureAwait(false);
        _opened.Run.AddLoad(Summarize());
    }

    private async Task LoadAsync(CancellationToken stopping)
    {
        await using ConfiguredAsyncDisposable opened = _opened.ConfigureAwait(false);
        await new WriterPool(_load).RunAsync(stopping).ConfigureAwait(false);
    }

    private async Task LoadOnServerAsync()
    {
        // Not disposed, because remaining work of the load may use its token long after this.
        var stop = new CancellationTokenSource();
        CancellationTokenRegistration stopping = Stopping.UnsafeRegister(_ => Leaving.Cancel(stop), null);
        await using ConfiguredAsyncDisposable disposing = stopping.ConfigureAwait(false);
        Task loading = LoadAsync(stop.Token);
        if (await Leaving.EndsAsync(loading, _opened.Run.Time, Stopping).ConfigureAwait(false))
            await loading.ConfigureAwait(false);
    }

    private async Task RunAsync()
    {
        // Never on the caller's context, because its thread is the one that will wait for the workers.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            if (Dialects.Get(_opened.Options).IsOnServer)
                await LoadOnServerAsync().ConfigureAwait(false);
            else
                await LoadAsync(Stopping).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (Stopping.IsCancellationRequested)
        {
            // Dropped, as requested.
        }
        catch (Exception e)
        {
            // The consumer rethrows it.
            _fault = e;
        }
        finally
        {
            Volatile.Write(ref _endedAt, _opened.Run.Time.GetTimestamp());
            _hasEnded = true;
            Signal.Set();
        }
    }
}
