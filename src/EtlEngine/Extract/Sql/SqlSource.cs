using System.Data.Common;
using System.Security.Cryptography;
using System.Text;
using EtlTools.Engine.Extract.Csv;
using EtlTools.Engine.Load;
using EtlTools.Engine.Records;
using EtlTools.Engine.Resilience;
using EtlTools.Engine.Stages;

namespace EtlTools.Engine.Extract.Sql;

/// <summary>
/// Reads the rows of a query or a table as they come. Nothing is read ahead beyond the stage's own room, so that the database waits
/// while the pipeline does. A lost connection is opened anew behind the last row, where the rows have an order.
/// </summary>
internal sealed class SqlSource : PoolStage<SqlChunk>
{
    /// <summary>Workers that make records: reading is the work, and one at a time.</summary>
    private const int Workers = 1;

    private const int Chunks = 8;

    /// <summary>Rows of a chunk at most.</summary>
    private const int MaxRows = 512;

    /// <summary>Connections in a row that may be lost without a row read.</summary>
    private const int MaxLosses = 3;

    /// <summary>How long a row waits for others to fill its chunk.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(100);

    private readonly SqlSourceOptions _options;
    private readonly SqlPlan _plan;
    private readonly int _maxRows;
    private readonly TimeProvider _time;
    private readonly RetryPolicy _policy;
    private readonly Task _reader;
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenRegistration _stopping;
    private readonly SourceInfo _source;
    private Schema? _schema;
    private int[] _keys = [];
    private object[]? _last;
    private TimeSpan _lag;
    private long _rows;
    private long _numberOfLast;
    private bool _hasTies;

    /// <summary>Begins to read.</summary>
    /// <param name="name">The stage's name.</param>
    /// <param name="options">What is read from where.</param>
    /// <param name="breakers">The session's breakers.</param>
    /// <param name="bufferSize">Records that the stage holds at most.</param>
    /// <param name="time">The clock.</param>
    /// <param name="random">Where the delays' chance comes from.</param>
    /// <exception cref="EtlException">The call cannot work.</exception>
    public SqlSource(string name, SqlSourceOptions options, BreakerRegistry breakers, int bufferSize, TimeProvider time, Random random)
        : base(name, new StageOptions { ThrottleLimit = Workers, BufferSize = bufferSize, MaxChunks = Chunks }.Validate(), time, MakeRecordsAsync)
    {
        _options = options;
        _time = time;
        _plan = SqlPlan.Make(options);
        _maxRows = Math.Clamp(bufferSize / 4, 1, MaxRows);
        Counters.Subject = _plan.Table?.ToString() ?? "query";
        string database = Dialects.Get(options.Target).NameOf(options.Target);
        string what = _plan.Table?.ToArgument() ?? $"query {Hash(options.Query!)}";
        _source = new SourceInfo(_plan.Table?.Name ?? "query", $"{database} {what}", Hash($"{database} {what} {string.Join(',', options.WatermarkColumns)} {options.Where}")) { SharesPositions = _plan.IsKeyed };
        _last = ResumedFrom();
        _lag = options.WatermarkLag;
        _rows = _numberOfLast = options.ResumeFrom?.Row ?? 0;
        _policy = new RetryPolicy(
            new RetryOptions { Classify = Classify, Limit = RetryLimit.AfterOutageBudget(), OutageBudget = options.OutageBudget, OnBreakerChange = TellOfBreaker },
            time, random, breakers.Get(database, options.Breaker));
        _stopping = Reading.UnsafeRegister(_ => Leaving.Cancel(_stop), null);
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

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..16];

    private static FailureVerdict Classify(Exception failure) => failure is EtlException { Kind: FailureKind.Unavailable }
        ? new FailureVerdict(FailureClass.Outage, "Unavailable")
        : TransientTargetException.Classify(failure);

    private static async Task MakeRecordsAsync(WorkerPort<SqlChunk> port)
    {
        await foreach (SqlChunk chunk in port.Input.ReadAllAsync(port.Stopping).ConfigureAwait(false))
        {
            long began = port.Time.GetTimestamp();
            for (int i = 0; i < chunk.Block.Count; i++)
            {
                var record = new Record(chunk.Block.Schema, chunk.Block, i);
                chunk.Output.Add(chunk.Block.FaultOf(i) is { } fault ? record.Fail(port.NewError(fault.Code, fault.Message, fault.Column)) : record);
            }
            chunk.Made = chunk.Block.Count;
            port.Finish(chunk, port.Time.GetElapsedTime(began));
        }
    }

    private object[]? ResumedFrom()
    {
        if (!_plan.IsKeyed || _options.ResumeFrom is not { } mark)
            return null;
        object[]? values = mark.Cursor is { } cursor ? KeysetCursor.Read(cursor) : [];
        return mark.Fingerprint == _source.Fingerprint && values is not null && (values.Length == 0 || values.Length == _options.WatermarkColumns.Count)
            ? values.Length == 0 ? null : values
            : throw new EtlException(
                FailureCodes.WatermarkMismatch, FailureKind.InvalidCall,
                $"-ResumeFrom: the watermark '{mark.Name}' is of another source, or of another -Table, -WatermarkColumn or -Where. Use another watermark name, or -ResumeFrom $null to begin at the beginning.");
    }

    private void TellOfBreaker(BreakerChange change) => Warn(new EtlException(FailureCodes.TargetUnavailable, FailureKind.Unavailable, change.ToString()));

    private void Warn(EtlException warning) => Notices.Add(NoticeLevel.Warning, warning);

    private async Task ReadAllAsync()
    {
        if (_plan.ReadsNulls)
            await ReadAsync(_plan.Nulls, areNulls: true).ConfigureAwait(false);
        await ReadAsync(session => _plan.Rows(session, _last, _lag), areNulls: false).ConfigureAwait(false);
    }

    /// <summary>Reads the rows of a statement to their end, over as many connections as that takes.</summary>
    private async ValueTask ReadAsync(Func<QuerySession, DbCommand> statement, bool areNulls)
    {
        int losses = 0;
        while (true)
        {
            long before = _rows;
            var run = await OpenAsync(statement).ConfigureAwait(false);
            await using var closing = run.ConfigureAwait(false);
            try
            {
                await ReadRowsAsync(run, areNulls).ConfigureAwait(false);
                return;
            }
            catch (TransientTargetException e)
            {
                losses = _rows == before ? losses + 1 : 0;
                RequireContinuable(e, run.Session.Database, areNulls, losses, before);
                Warn(new EtlException(
                    FailureCodes.TargetUnavailable, FailureKind.Unavailable, FormattableString.Invariant($"{e.Message} after {_rows} rows. Reading goes on behind the last of them.")));
            }
        }
    }

    private void RequireContinuable(TransientTargetException failure, string database, bool areNulls, int losses, long before)
    {
        bool isUntouched = _rows == before && losses < MaxLosses;
        string? remedy = _options.IsSnapshot && !isUntouched ? "What one snapshot has begun another cannot go on with: run it again."
            : !_plan.IsKeyed && !isUntouched ? "The rows have no order in which to go on: run it again, or read -Table with -WatermarkColumn."
            : areNulls && !isUntouched ? "These are the rows whose watermark columns hold a null, which have no order: run it again."
            : losses >= MaxLosses ? "The connection was lost again and again without a row: look at the database."
            : null;
        if (remedy is not null)
            throw QueryFailures.Lost(database, failure.Message, _rows, remedy);
    }

    /// <summary>Connects, begins a transaction and runs the statement, and tries that again while the outage budget lasts.</summary>
    private async ValueTask<QueryRun> OpenAsync(Func<QuerySession, DbCommand> statement)
    {
        TransientTargetException? last = null;
        try
        {
            return await _policy.ExecuteAttemptsAsync(
                async attempt =>
                {
                    if (attempt.IsRetry)
                        Counters.AddRetry();
                    try
                    {
                        return await OpenOnceAsync(statement, attempt.CancellationToken).ConfigureAwait(false);
                    }
                    catch (TransientTargetException e)
                    {
                        last = e;
                        throw;
                    }
                },
                _stop.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is TransientTargetException or BreakerOpenException)
        {
            throw new EtlException(
                FailureCodes.OutageBudgetSpent, FailureKind.Unavailable,
                FormattableString.Invariant($"{last?.Message ?? e.Message.TrimEnd('.')}. It was tried again for {_options.OutageBudget.TotalSeconds:0.#} s (-OutageBudgetSec); {_rows} rows were read. Run it again when the database answers."),
                e);
        }
    }

    private async ValueTask<QueryRun> OpenOnceAsync(Func<QuerySession, DbCommand> statement, CancellationToken cancellationToken)
    {
        QuerySession session = await Dialects.Get(_options.Target).OpenQueryAsync(_options.Target, cancellationToken).ConfigureAwait(false);
        try
        {
            await session.ExecuteAsync(session.Begin(_options.IsSnapshot), cancellationToken).ConfigureAwait(false);
            await DescribeAsync(session, cancellationToken).ConfigureAwait(false);
            return await QueryRun.StartAsync(session, statement(session), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            Exception reason = e is DbException error ? session.Translate(error) : e;
            await session.DisposeAsync().ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            if (ReferenceEquals(reason, e))
                throw;
            throw reason;
        }
    }

    /// <summary>Reads the table's columns, before the first of its rows.</summary>
    private async ValueTask DescribeAsync(QuerySession session, CancellationToken cancellationToken)
    {
        if (_schema is not null || _plan.Describe(session) is not { } text)
            return;
        try
        {
            var run = await QueryRun.StartAsync(session, session.NewCommand(text, []), cancellationToken).ConfigureAwait(false);
            try
            {
                TakeColumns(run.Reader);
            }
            finally
            {
                await run.CloseAsync().ConfigureAwait(false);
            }
        }
        catch (DbException e) when (session.Translate(e) is EtlException refused)
        {
            // The transaction is of no use any more, and the catalog is asked outside it.
            QuerySession other = await Dialects.Get(_options.Target).OpenQueryAsync(_options.Target, cancellationToken).ConfigureAwait(false);
            await using var closing = other.ConfigureAwait(false);
            throw new EtlException(
                refused.Code, refused.Kind, refused.Message + await other.HintAsync(_plan.Table!, cancellationToken).ConfigureAwait(false));
        }
    }

    private void TakeColumns(DbDataReader reader)
    {
        if (reader.FieldCount == 0)
            throw QueryFailures.NoRows;
        string[] names = [.. Enumerable.Range(0, reader.FieldCount).Select(reader.GetName)];
        for (int i = 0; i < names.Length; i++)
        {
            if (names[i].Length == 0)
                names[i] = CsvLayout.UniqueName(i, name => Array.FindIndex(names, other => other.Equals(name, StringComparison.OrdinalIgnoreCase)));
        }
        string? twice = names.GroupBy(name => name, StringComparer.OrdinalIgnoreCase).FirstOrDefault(group => group.Count() > 1)?.Key;
        if (twice is not null)
            throw new EtlException(FailureCodes.DuplicateHeader, FailureKind.InvalidCall, $"The query gives the column name '{twice}' twice. Name one of them otherwise with AS.");
        _schema = new Schema(names);
        _plan.Take(reader, _schema);
        _keys = [.. _options.WatermarkColumns.Select(_schema.IndexOf)];
    }

    private async ValueTask ReadRowsAsync(QueryRun run, bool areNulls)
    {
        if (_schema is null)
            TakeColumns(run.Reader);
        QuerySession session = run.Session;
        // The first row is shown at once, and a chunk grows with what has come.
        int size = 1;
        SqlBlock? block = null;
        long began = 0;
        try
        {
            while (true)
            {
                ValueTask<bool> reading = session.ReadAsync(run.Reader, _stop.Token);
                if (block is not null && (!reading.IsCompleted || block.Count >= size || _time.GetElapsedTime(began) > Patience))
                {
                    size = Math.Min(size * 2, _maxRows);
                    await EnterAsync(new SqlChunk(block), Reading).ConfigureAwait(false);
                    block = null;
                }
                if (!await reading.ConfigureAwait(false))
                    break;
                if (block is null)
                {
                    block = new SqlBlock(_schema!, _source, _plan.IsKeyed);
                    began = _time.GetTimestamp();
                }
                block.Add(ReadRow(session, run.Reader, areNulls));
            }
            if (await run.Reader.NextResultAsync(_stop.Token).ConfigureAwait(false) && run.Reader.FieldCount > 0)
                throw QueryFailures.SeveralStatements;
        }
        catch (DbException e)
        {
            Reading.ThrowIfCancellationRequested();
            throw session.Translate(e);
        }
        finally
        {
            // What was read is handed on, whatever came then.
            if (block is { Count: > 0 } && !Reading.IsCancellationRequested)
                await EnterAsync(new SqlChunk(block), Reading).ConfigureAwait(false);
        }
        run.IsRead = true;
    }

    private SqlRow ReadRow(QuerySession session, DbDataReader reader, bool areNulls)
    {
        var values = new object?[_schema!.Count];
        SqlFault? fault = null;
        for (int i = 0; i < values.Length; i++)
        {
            try
            {
                values[i] = session.ValueOf(reader, i);
            }
            catch (Exception e) when (QuerySession.IsFaultOfValue(e))
            {
                string name = _schema[i];
                fault ??= new SqlFault(
                    ErrorCodes.ConversionFailed, $"'{name}' holds a value that .NET has no type for ({reader.GetDataTypeName(i)}). Read it as text: with -Query, and CAST({name} AS …).", name);
            }
        }
        _rows++;
        if (areNulls && fault is null && _options.NullWatermark == NullWatermark.Error)
        {
            string name = _options.WatermarkColumns[Array.FindIndex(_keys, key => values[key] is null)];
            fault = new SqlFault(ErrorCodes.WatermarkIsNull, $"'{name}' of -WatermarkColumn is null, so that the row has no place in the order (-NullWatermark).", name);
        }
        if (_keys.Length == 0 || areNulls)
            return new SqlRow(values, _rows, areNulls ? _last : null, fault);
        return new SqlRow(values, NumberOf(values), _last, fault);
    }

    /// <summary>The number that says where a row stands: rows that share their watermark columns share it, so that no watermark ends
    /// between them.</summary>
    private long NumberOf(object?[] values)
    {
        object[] keys = new object[_keys.Length];
        for (int i = 0; i < keys.Length; i++)
        {
            keys[i] = values[_keys[i]] ?? throw QueryFailures.Invalid(
                $"A value of -WatermarkColumn '{_options.WatermarkColumns[i]}' cannot be read, so that there is no going on behind it. Choose a column that .NET can hold.");
        }
        bool isTie = _last is not null && keys.AsSpan().SequenceEqual(_last);
        if (isTie && !_hasTies)
        {
            _hasTies = true;
            Warn(QueryFailures.Invalid(
                $"Several rows have the same values in -WatermarkColumn {string.Join(", ", _options.WatermarkColumns)}. A row that is written later with the values of the last one that was read will not be seen. Name a unique column, such as the key, as the last of them."));
        }
        _last = keys;
        _lag = TimeSpan.Zero;
        return isTie ? _numberOfLast : _numberOfLast = _rows;
    }
}
