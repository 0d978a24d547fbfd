using System.Data.Common;
using EtlTools.Engine.Load;
using EtlTools.Engine.Records;
using EtlTools.Engine.Resilience;
using EtlTools.Engine.Stages;

namespace EtlTools.Engine.Extract.Sql;

/// <summary>
/// Reads the rows of a query or a table as they arrive. It reads no further than the stage has room, so the database waits while the
/// pipeline does. If the rows have an order, a lost connection is opened again after the last row.
/// </summary>
internal sealed class SqlSource : PoolStage<SqlChunk>
{
    /// <summary>The number of workers that create records; reading is the actual work, and one reads at a time.</summary>
    private const int Workers = 1;

    private const int Chunks = 8;

    /// <summary>The largest number of rows in a chunk.</summary>
    private const int MaxRows = 512;

    /// <summary>The bytes of values at which a chunk is complete.</summary>
    private const int MaxBytes = 1024 * 1024;

    /// <summary>How many connections in a row may be lost before a row is read.</summary>
    private const int MaxLosses = 3;

    /// <summary>How long a row waits for others to fill its chunk.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(100);

    private readonly SqlSourceOptions _options;
    private readonly SqlPlan _plan;
    private readonly SqlRows _rows;
    private SqlBlock? _newest;
    private readonly QueryOpener _opener;
    private readonly int _maxRows;
    private readonly TimeProvider _time;
    private readonly Task _reader;
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenRegistration _stopping;
    private readonly SourceInfo _source;
    private readonly DatabaseReading _reading;

    /// <summary>Starts to read.</summary>
    /// <param name="name">The stage's name.</param>
    /// <param name="options">What to read.</param>
    /// <param name="breakers">The session's breakers.</param>
    /// <param name="bufferSize">The largest number of records in the stage.</param>
    /// <param name="run">The run, of which it becomes a reading.</param>
    /// <exception cref="EtlException">The call cannot work.</exception>
    public SqlSource(string name, SqlSourceOptions options, BreakerRegistry breakers, int bufferSize, EtlRun run)
        : base(name, new StageOptions { ThrottleLimit = Workers, BufferSize = bufferSize, MaxChunks = Chunks }.Validate(), run.Time, MakeRecordsAsync)
    {
        _options = options;
        _time = run.Time;
        _plan = SqlPlan.Make(options);
        _maxRows = Math.Clamp(bufferSize / 4, 1, MaxRows);
        Counters.Subject = _plan.Table?.ToString() ?? "query";
        string database = Dialects.Get(options.Target).NameOf(options.Target);
        _source = SqlIdentity.Of(options, _plan, database);
        _reading = new DatabaseReading(_source, database);
        Watermark? mark = SqlWatermark.Choose(options.Watermarks, _source, [.. run.Readings.Select(reading => reading.Source)], _plan.IsKeyed, Warn);
        _plan.AfterValue = mark?.Value;
        _rows = new SqlRows(options, _plan, SqlWatermark.ValuesOf(mark, options.WatermarkColumns.Count), mark?.Row ?? 0, Warn);
        var retries = new LoadRetries(
            new RetryTerms(options.OutageBudget, () => FormattableString.Invariant($"{_rows.Count} rows were read")), _time, new Random(run.Id.GetHashCode()), Counters,
            breakers.Get(database, options.Breaker), Warn);
        _opener = new QueryOpener(options, _plan, _rows, retries);
        _stopping = Reading.UnsafeRegister(_ => Leaving.Cancel(_stop), null);
        run.Add(_reading);
        _reader = Task.Run(() => RunReaderAsync(ReadAllAsync));
    }

    /// <inheritdoc/>
    protected override bool IsSource => true;

    /// <inheritdoc/>
    protected override async ValueTask ReleaseAsync()
    {
        if (Dialects.Get(_options.Target).IsOnServer)
            await Leaving.EndsAsync(_reader, _time, Stopping).ConfigureAwait(false);
        else
            await _reader.ConfigureAwait(false);
        await _stopping.DisposeAsync().ConfigureAwait(false);
        await base.ReleaseAsync().ConfigureAwait(false);
    }

    private static async Task MakeRecordsAsync(WorkerPort<SqlChunk> port)
    {
        await foreach (SqlChunk chunk in port.Input.ReadAllAsync(port.Stopping).ConfigureAwait(false))
        {
            long began = port.Time.GetTimestamp();
            for (int i = 0; i < chunk.Block.Count; i++)
            {
                var record = new Record(chunk.Block.Schema, chunk.Block, i);
                chunk.Output.Add(chunk.Block.FaultOf(i) is { } fault ? record.Fail(port.NewError(fault.Code, fault.Message, fault.Column) with { Unread = fault.Unread }) : record);
            }
            chunk.Made = chunk.Block.Count;
            port.Finish(chunk, port.Time.GetElapsedTime(began));
        }
    }

    private void Warn(EtlException warning) => Notices.Add(NoticeLevel.Warning, warning);

    private async Task ReadAllAsync()
    {
        try
        {
            SqlPart[] nulls = _plan.ReadsNulls ? [new SqlPart(_plan.Nulls, AreNulls: true)] : [];
            var rows = new SqlPart(_rows.Next, AreNulls: false);
            if (nulls.Length > 0 && !_options.IsSnapshot)
                await ReadAsync(nulls).ConfigureAwait(false);
            await ReadAsync(_options.IsSnapshot ? [.. nulls, rows] : [rows]).ConfigureAwait(false);
        }
        finally
        {
            _reading.End();
        }
    }

    /// <summary>Reads the rows of statements to their end, one statement after the other in one transaction, over as many connections as
    /// necessary.</summary>
    private async ValueTask ReadAsync(SqlPart[] parts)
    {
        int losses = 0;
        for (bool isContinued = false; ; isContinued = true)
        {
            long before = _rows.Count;
            var run = await _opener.OpenAsync(parts[0].Statement, _stop.Token).ConfigureAwait(false);
            await using var closing = run.ConfigureAwait(false);
            try
            {
                foreach (SqlPart part in parts)
                {
                    if (part != parts[0])
                        await run.GoOnAsync(part.Statement, _stop.Token).ConfigureAwait(false);
                    await ReadRowsAsync(run, part.AreNulls, isContinued).ConfigureAwait(false);
                }
                return;
            }
            catch (TransientTargetException e)
            {
                bool hasRead = _rows.Count != before;
                losses = hasRead ? 0 : losses + 1;
                RequireContinuable(e, run.Session.Database, parts[0].AreNulls, losses, hasRead);
                Warn(new EtlException(
                    FailureCodes.TargetUnavailable, FailureKind.Unavailable, FormattableString.Invariant($"{e.Message} after {_rows.Count} rows. Reading continues after the last of them.")));
            }
        }
    }

    /// <summary>Ends the run if reading cannot continue without gaps or repetitions.</summary>
    /// <param name="failure">The failure of the connection.</param>
    /// <param name="database">The database.</param>
    /// <param name="areNulls">Whether these are the rows without a position in the order.</param>
    /// <param name="losses">How many connections in a row returned no row.</param>
    /// <param name="hasRead">Whether this connection returned rows.</param>
    private void RequireContinuable(TransientTargetException failure, string database, bool areNulls, int losses, bool hasRead)
    {
        if (failure.IsTimeout && !hasRead)
            throw QueryFailures.TooLong(failure);
        string? remedy = _options.IsSnapshot && _rows.HasBegun ? "A snapshot cannot be continued by another one: run it again."
            : hasRead && !_plan.IsKeyed ? "The rows have no order, so reading cannot continue: run it again, or read -Table with -WatermarkColumn."
            : _rows.IsAmongTooManyTies ? "So many rows have the values of the last one in -WatermarkColumn that it is unknown which of them were read. Add a unique column, such as the key, as the last one, and run it again."
            : hasRead && areNulls ? "These are rows with a null in a watermark column, which have no order: run it again."
            : losses >= MaxLosses ? "The connection was lost repeatedly before a row was read: check the database."
            : null;
        if (remedy is not null)
            throw QueryFailures.Lost(database, failure.Message, _rows.Count, remedy);
    }

    private async ValueTask ReadRowsAsync(QueryRun run, bool areNulls, bool isContinued)
    {
        // Where no row was read yet, the columns may be those of this connection.
        if (_rows.Schema is null || (_plan.Table is null && !_rows.HasBegun))
            _rows.Take(run.Reader);
        else if (isContinued && Dialects.Get(_options.Target).IsOnServer)
            _rows.RequireSame(run.Reader);
        QuerySession session = run.Session;
        // The first row is passed on at once, and chunks grow with the number of available rows.
        int size = 1;
        SqlBlock? block = null;
        long began = 0;
        try
        {
            while (true)
            {
                if (block is null)
                    began = _time.GetTimestamp();
                ValueTask<bool> reading = session.ReadAsync(run.Reader, _stop.Token);
                if (block is not null && !reading.IsCompleted)
                    await EnterAsync().ConfigureAwait(false);
                if (!await reading.ConfigureAwait(false))
                    break;
                if (_rows.Read(run, areNulls) is not { } row)
                    continue;
                if (block is null)
                {
                    _newest?.EndBefore(row);
                    block = _newest = new SqlBlock(_rows.Schema!, _source, _plan.IsKeyed, size);
                }
                block.Add(row);
                // If the database returns rows slowly, each one is passed on at once.
                if (block.Count >= size || block.Bytes >= MaxBytes || _time.GetElapsedTime(began) > Patience)
                    await EnterAsync().ConfigureAwait(false);
            }
            if (!areNulls)
                _newest?.End();
            if (await run.Reader.NextResultAsync(_stop.Token).ConfigureAwait(false) && run.Reader.FieldCount > 0)
                throw QueryFailures.SeveralStatements;
        }
        catch (Exception e) when (e is DbException || session.IsLoss(e))
        {
            Reading.ThrowIfCancellationRequested();
            throw e is DbException error ? session.Translate(error) : new TransientTargetException($"The connection to '{session.Database}' was lost");
        }
        finally
        {
            // The rows that were read are passed on, whatever happened then.
            if (block is { Count: > 0 } && !Reading.IsCancellationRequested)
                await EnterAsync().ConfigureAwait(false);
        }
        run.IsRead = true;

        ValueTask EnterAsync()
        {
            var chunk = new SqlChunk(block);
            block = null;
            size = Math.Min(size * 2, _maxRows);
            return this.EnterAsync(chunk, Reading);
        }
    }
}

/// <summary>A statement whose rows are a part of those to be read.</summary>
/// <param name="Statement">Creates it for a connection.</param>
/// <param name="AreNulls">Whether its rows have a null in a watermark column.</param>
internal sealed record SqlPart(Func<QuerySession, DbCommand> Statement, bool AreNulls);
