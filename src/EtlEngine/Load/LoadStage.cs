using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Threading.Channels;
using EtlTools.Engine.DeadLetters;
using EtlTools.Engine.Records;
using EtlTools.Engine.Resilience;
using EtlTools.Engine.Stages;

namespace EtlTools.Engine.Load;

/// <summary>
/// Loads records into a table by key, a transaction a batch. The pipeline thread posts, takes and waits; a router gives the
/// records to the writers. What comes out are the failed records, unless a dead letter takes them, and with <see cref="LoadOptions.PassThru"/> the
/// committed ones, in the order of the input and after their commit.
/// </summary>
internal sealed class LoadStage : RecordStage, IRecordInput
{
    /// <summary>Chunks of finished records that wait to be taken.</summary>
    private const int OutputChunks = 16;

    private readonly EtlRun _run;
    private readonly LoadOptions _options;
    private readonly ITarget _target;
    private readonly LoadWatermark? _watermark;
    private readonly LoadRetries _retries;
    private readonly long _openingRetries;
    private readonly DeadLetterWriter? _ownLetters;
    private readonly LoadOutcomes _outcomes;
    private readonly RecordCapacity _capacity;
    private readonly ChunkBuilder _chunks;
    private readonly Channel<RecordChunk> _input;
    private readonly Channel<Record[]> _output;
    private readonly string _provider;
    private readonly long _openedAt;
    private readonly Task _worker;
    private Record[] _current = [];
    private int _next;
    private bool _isFull;
    private long _errors;
    private long _endedAt;
    private volatile bool _hasEnded;
    private volatile Exception? _fault;

    private LoadStage(
        string name, EtlRun run, LoadOptions options, string provider, ITarget target, CircuitBreaker? breaker,
        LoadWatermark? watermark, DeadLetterWriter? letters, bool ownsLetters, long openedAt, long openingRetries)
        : base(name)
    {
        Counters.Subject = $"{provider} {target.Database}, table {target.Table}";
        _openingRetries = openingRetries;
        _run = run;
        _options = options;
        _provider = provider;
        _target = target;
        _watermark = watermark;
        _retries = new LoadRetries(options, run, breaker, Warn);
        _ownLetters = ownsLetters ? letters : null;
        _openedAt = openedAt;
        _capacity = new RecordCapacity(options.BufferSize);
        // A chunk holds at least one record, so the input never holds more chunks than there is room for records.
        _input = Channel.CreateBounded<RecordChunk>(new BoundedChannelOptions(options.BufferSize) { SingleReader = true });
        _output = Channel.CreateBounded<Record[]>(new BoundedChannelOptions(OutputChunks) { SingleReader = true });
        _outcomes = new LoadOutcomes(run, Counters, letters, options, MakeError, PutOutAsync);
        int chunk = Math.Clamp(options.BufferSize / 4, 1, Math.Min(ChunkSize.Largest, options.BatchSize));
        var linger = TimeSpan.FromTicks(Math.Clamp(options.FlushInterval.Ticks / 4, TimeSpan.TicksPerMillisecond, ChunkBuilder.DefaultLinger.Ticks));
        _chunks = new ChunkBuilder(Counters, run.Time, linger, new ChunkSize(chunk, chunk), () => _capacity.TryAcquire(1), Enter);
        _worker = RunAsync();
    }

    /// <inheritdoc/>
    public override bool IsEnded => IsDone && _fault is null;

    /// <inheritdoc/>
    public override long Retries => _openingRetries + _retries.Count;

    /// <inheritdoc/>
    public override int Held =>
        (int)Math.Max(0, Counters.In - Counters.Out - Counters.Failed - Counters.Forwarded);

    /// <summary>The files that the database consists of; none where it is on a server or in memory.</summary>
    public IReadOnlyList<string> TargetFiles => _target.Files;

    /// <inheritdoc/>
    protected override bool CanProceed =>
        _next < _current.Length || _output.Reader.TryPeek(out _) || _hasEnded || (_isFull && _capacity.HasRoom);

    private bool IsDone => _hasEnded && _next == _current.Length && !_output.Reader.TryPeek(out _);

    /// <summary>Connects, and checks all that can be checked before the first record.</summary>
    /// <param name="name">The stage's name.</param>
    /// <param name="options">What to load where.</param>
    /// <param name="run">The run it is part of.</param>
    /// <param name="sharedLetters">A dead letter that other stages of the run write to as well, instead of
    /// <see cref="LoadOptions.DeadLetterPath"/>; the caller disposes it.</param>
    /// <param name="breakers">The session's breakers; null for none.</param>
    /// <param name="warn">Told of a target that is waited for, on any thread.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="EtlException">The call cannot work, or the target was not to be had.</exception>
    public static async Task<LoadStage> OpenAsync(
        string name, LoadOptions options, EtlRun run, DeadLetterWriter? sharedLetters = null, BreakerRegistry? breakers = null,
        Action<EtlException>? warn = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(run);
        options.Validate();
        IDialect dialect = Dialects.Get(options);
        long openedAt = run.Time.GetTimestamp();
        var opening = new LoadRetries(options, run, warn: warn);
        DeadLetterWriter? letters = sharedLetters
            ?? (options.DeadLetterPath is { } path ? new DeadLetterWriter(path, run.Id, run.Time, redactor: run.Redactor) : null);
        ITarget? target = null;
        try
        {
            target = await opening.RunAsync(token => dialect.OpenAsync(options, token), cancellationToken).ConfigureAwait(false);
            LoadWatermark? watermark = await opening.RunAsync(
                token => LoadWatermark.OpenAsync(target, options, run, letters, token), cancellationToken).ConfigureAwait(false);
            CircuitBreaker? breaker = breakers?.Get(target.Database, options.Breaker);
            var stage = new LoadStage(name, run, options, dialect.Name, target, breaker, watermark, letters, sharedLetters is null, openedAt, opening.Count);
            foreach (EtlException warning in target.Warnings)
                stage.Notices.Add(NoticeLevel.Warning, warning);
            return stage;
        }
        catch
        {
            if (target is not null)
                await target.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc/>
    public bool TryPost(Record record)
    {
        bool posted = _chunks.TryPost(record);
        _isFull = !posted;
        return posted;
    }

    /// <inheritdoc/>
    public void Flush() => _chunks.Flush();

    /// <inheritdoc/>
    public void CompleteInput()
    {
        Flush();
        _input.Writer.TryComplete();
    }

    /// <inheritdoc/>
    public override bool TryTake([NotNullWhen(true)] out Record? record)
    {
        while (true)
        {
            if (_next < _current.Length)
            {
                record = _current[_next++];
                if (record.Error is not null)
                    Volatile.Write(ref _errors, _errors + 1);
                _outcomes.CountTaken(record);
                return true;
            }
            // What came out before the fault is given out first; the worker's end is looked at before the channel's.
            bool ended = _hasEnded;
            if (_output.Reader.TryRead(out Record[]? chunk))
            {
                _current = chunk;
                _next = 0;
                continue;
            }
            if (ended && _fault is { } fault)
                ExceptionDispatchInfo.Throw(fault);
            record = null;
            return false;
        }
    }

    /// <summary>What the load has done so far. Only what is committed is claimed. Any thread.</summary>
    public LoadSummary Summarize()
    {
        LoadTotals totals = _outcomes.Totals;
        long endedAt = Volatile.Read(ref _endedAt);
        bool tells = totals.Written == 0;
        return new LoadSummary
        {
            Provider = _provider,
            Database = _target.Database,
            Table = _target.Table,
            Received = Counters.In,
            Loaded = totals.Inserted + totals.Updated + totals.Written,
            Inserted = tells ? totals.Inserted : null,
            Updated = tells ? totals.Updated : null,
            Superseded = totals.Superseded,
            Unchanged = totals.Unchanged,
            Filtered = totals.Filtered,
            DeadLettered = totals.DeadLettered,
            Errors = Volatile.Read(ref _errors),
            Retries = Retries,
            Batches = totals.Batches,
            Watermark = _watermark?.Progress.Newest,
            Elapsed = endedAt == 0 ? _run.Time.GetElapsedTime(_openedAt) : _run.Time.GetElapsedTime(_openedAt, endedAt),
        };
    }

    /// <inheritdoc/>
    protected override async ValueTask ReleaseAsync()
    {
        await _chunks.DisposeAsync().ConfigureAwait(false);
        await _worker.ConfigureAwait(false);
        _run.AddLoad(Summarize());
    }

    private void Enter(RecordChunk chunk)
    {
        if (!_input.Writer.TryWrite(chunk))
            throw new InvalidOperationException("The loader took more chunks than it has room for records.");
    }

    private RecordError MakeError(RowFault fault, Record record) => NewError(fault.Code, fault.Message, fault.Column);

    private async Task RunAsync()
    {
        // Never on the caller's context: its thread is the one that will wait for the workers.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            await LoadAllAsync().ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (Stopping.IsCancellationRequested)
        {
            // Dropped, as asked.
        }
        catch (Exception e)
        {
            // The consumer rethrows it.
            _fault = e;
        }
        finally
        {
            Volatile.Write(ref _endedAt, _run.Time.GetTimestamp());
            _hasEnded = true;
            Signal.Set();
        }
    }

    private async Task LoadAllAsync()
    {
        using DeadLetterWriter? letters = _ownLetters;
        await using ConfiguredAsyncDisposable target = _target.ConfigureAwait(false);
        var pool = new WriterPool(_target, _options, _run.Time, _input.Reader, _outcomes, _watermark, _retries, MakeRoom, Warn);
        await pool.RunAsync(Stopping).ConfigureAwait(false);
    }

    private void Warn(EtlException what)
    {
        Notices.Add(NoticeLevel.Warning, what);
        Signal.Set();
    }

    private void MakeRoom(int records)
    {
        _capacity.Release(records);
        Signal.Set();
    }

    private async ValueTask PutOutAsync(Record[] chunk, CancellationToken cancellationToken)
    {
        await _output.Writer.WriteAsync(chunk, cancellationToken).ConfigureAwait(false);
        Signal.Set();
    }
}
