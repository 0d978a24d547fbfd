using EtlTools.Engine.Load;
using EtlTools.Engine.Records;
using EtlTools.Engine.Stages;

namespace EtlTools.Engine.Tests.Load;

public sealed class BatchWriterTests : IAsyncDisposable
{
    private static readonly LoadOptions Options = new() { Provider = "Fake", ConnectionString = "x", Table = "t", Key = ["id"] };

    private readonly FakeSession _session = new();
    private readonly LoadOutcomes _outcomes;
    private readonly PumpSignal _signal = new();
    private readonly LoadOutput _output;

    public BatchWriterTests()
    {
        _output = new LoadOutput(_signal);
        _outcomes = new LoadOutcomes(
            new EtlRun(TimeProvider.System), new StageCounters("load"), null, Options, _output);
    }

    public ValueTask DisposeAsync()
    {
        _signal.Dispose();
        return _session.DisposeAsync();
    }

    [Theory]
    [InlineData(Refusal.OfRange)]
    [InlineData(Refusal.OfTransaction)]
    [InlineData(Refusal.AtCommit)]
    public async Task Load_OneGuiltyRow_IsFoundInLogarithmicallyManySteps(Refusal refusal)
    {
        _session.Refusal = refusal;
        _session.Guilty = [3210];
        await LoadAsync(5000);
        Assert.Equal([3210], Output());
        Assert.Equal(4999, _session.Table.Count);
        Assert.Equal((4999L, 1L), (_outcomes.Totals.Written, _outcomes.Totals.Batches));
        // 5,000 rows are halved 13 times, two writes each, before the first and after the last one; where the transaction is
        // lost, what was written before is written again.
        Assert.InRange(_session.Writes, 13, refusal == Refusal.OfRange ? 28 : 60);
    }

    [Theory]
    [InlineData(Refusal.OfRange)]
    [InlineData(Refusal.OfTransaction)]
    [InlineData(Refusal.AtCommit)]
    public async Task Load_SeveralGuiltyRows_LosesNoOther(Refusal refusal)
    {
        _session.Refusal = refusal;
        _session.Guilty = [0, 1, 17, 50, 98, 99];
        await LoadAsync(100);
        Assert.Equal(_session.Guilty.Cast<object?>(), Output());
        Assert.Equal(Enumerable.Range(0, 100).Except(_session.Guilty), _session.Table);
    }

    [Fact]
    public async Task Load_GuiltyRowIsNamed_NeedsNoSearch()
    {
        _session.Refusal = Refusal.OfTransaction;
        _session.NamesRow = true;
        _session.Guilty = [10, 4000];
        await LoadAsync(5000);
        Assert.Equal([10, 4000], Output());
        Assert.Equal(4998, _session.Table.Count);
        Assert.InRange(_session.Writes, 3, 8);
    }

    [Fact]
    public async Task Load_TransientFailure_IsTriedAgainAndNotSplit()
    {
        _session.FailTimes = 3;
        await LoadAsync(100);
        Assert.Equal((100, 4), (_session.Table.Count, _session.Writes));
        Assert.Equal(100, _outcomes.Totals.Written);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Load_TransactionsThatDeadlock_LockLessUntilTheyDoNot(int most)
    {
        _session.Fails = (_, rows) => rows > most ? new TransientTargetException("It is locked") { IsContention = true, IsDeadlock = true } : null;
        await LoadAsync(20);
        Assert.Equal(Enumerable.Range(0, 20), _session.Table);
        Assert.Empty(Output());
    }

    [Fact]
    public async Task Load_StatementsThatTakeTooLong_WriteFewerRowsFromThenOn()
    {
        _session.Fails = (range, _) => range.Count > 20 ? new TransientTargetException("It took too long") { IsTimeout = true, IsSlow = true } : null;
        BatchWriter writer = NewWriter();
        await LoadAsync(1000, writer);
        // 1,000 rows, 125, and then all of them by 15.
        Assert.InRange(_session.Writes, 2 + (1000 / 15), 2 + (1000 / 15) + 10);
        int before = _session.Writes;
        await LoadAsync(1000, writer);
        Assert.Equal([.. Enumerable.Range(0, 1000), .. Enumerable.Range(0, 1000)], _session.Table);
        Assert.Equal(before + (1000 / 15) + 1, _session.Writes);
    }

    [Fact]
    public async Task Load_OneRowThatTakesTooLongEachTime_IsAnOutage()
    {
        // A session that cannot tell whether the row waits or is at work.
        _session.Fails = (range, _) => range.Start <= 7 && range.End > 7 ? new TransientTargetException("It took too long") { IsTimeout = true, IsSlow = true } : null;
        EtlException e = await Assert.ThrowsAsync<EtlException>(() => LoadAsync(20, NewWriter(Options with { OutageBudget = TimeSpan.FromSeconds(1) })));
        Assert.Equal(FailureCodes.OutageBudgetSpent, e.Code);
        Assert.Equal(Enumerable.Range(0, 7), _session.Table);
    }

    [Fact]
    public async Task MaxErrorRate_BatchThatIsTriedAgain_CountsItsRowsOnce()
    {
        LoadOptions options = Options with { MaxErrorRate = 0.4 };
        var outcomes = new LoadOutcomes(new EtlRun(TimeProvider.System), new StageCounters("load"), null, options, _output);
        var writer = new BatchWriter(_session, new LoadRetries(options, new EtlRun(TimeProvider.System)), outcomes, options);
        _session.FailCommits = 3;
        await LoadAsync(1000, writer);
        var failed = new Batch(_session.NewRows());
        foreach (int row in Enumerable.Range(0, 1000))
            failed.Add(new RoutedRecord(Rec.Failed("id", row), row, 0, null, null));
        EtlException e = await Assert.ThrowsAsync<EtlException>(() => writer.LoadAsync(failed, TestContext.Current.CancellationToken).AsTask());
        Assert.Equal(FailureCodes.TooManyErrors, e.Code);
        Assert.Contains("0.4 of 2000", e.Message, StringComparison.Ordinal);
    }

    private List<object?> Output()
    {
        var keys = new List<object?>();
        while (_output.TryTake(out Record? record))
            keys.Add(record[0]);
        return keys;
    }

    private BatchWriter NewWriter(LoadOptions? options = null) =>
        new(_session, new LoadRetries(options ?? Options, new EtlRun(TimeProvider.System)), _outcomes, options ?? Options);

    private async Task LoadAsync(int rows, BatchWriter? writer = null)
    {
        var batch = new Batch(_session.NewRows());
        foreach (int row in Enumerable.Range(0, rows))
            batch.Add(new RoutedRecord(Rec.Of("id", row), row, 0, null, null));
        await (writer ?? NewWriter()).LoadAsync(batch, TestContext.Current.CancellationToken);
    }

    public enum Refusal
    {
        OfRange,
        OfTransaction,
        AtCommit,
    }

    /// <summary>A database that refuses ranges as a whole.</summary>
    private sealed class FakeSession : ITargetSession, IRowBuffer
    {
        private readonly List<int> _pending = [];

        public HashSet<int> Guilty { get; set; } = [];

        public Refusal Refusal { get; set; }

        public bool NamesRow { get; set; }

        public int FailTimes { get; set; }

        public int FailCommits { get; set; }

        /// <summary>How a range, with so many rows in its transaction by then, fails in passing; null for a session that does not.</summary>
        public Func<RowRange, int, TransientTargetException?>? Fails { get; set; }

        public int Writes { get; private set; }

        public List<int> Table { get; } = [];

        public IRowBuffer NewRows() => this;

        public bool IsFull => false;

        public RowFault? Add(int row, Record record) => null;

        public ValueTask WriteWatermarksAsync(IReadOnlyList<Watermark> watermarks, long sequence, CancellationToken cancellationToken) => default;

        public ValueTask BeginAsync(Batch batch, CancellationToken cancellationToken)
        {
            Assert.Empty(_pending);
            return default;
        }

        public ValueTask<RangeRejection?> WriteAsync(Batch batch, RowRange range, CancellationToken cancellationToken)
        {
            Writes++;
            if (FailTimes-- > 0)
                throw new TransientTargetException("It is asleep");
            if (Fails?.Invoke(range, _pending.Count + range.Count) is { } failure)
                throw failure;
            int[] rows = [.. Enumerable.Range(range.Start, range.Count).Where(row => batch.OutcomeOf(row) != RowOutcome.Refused)];
            if (Refusal != Refusal.AtCommit && Array.Exists(rows, Guilty.Contains))
                return Refused(Array.Find(rows, Guilty.Contains));
            foreach (int row in rows)
                batch.SetOutcome(row, RowOutcome.Written);
            _pending.AddRange(rows);
            return default;
        }

        public ValueTask SettleAsync(Batch batch, IReadOnlyList<RowRange> written, CancellationToken cancellationToken) => default;

        public ValueTask<RangeRejection?> CommitAsync(CancellationToken cancellationToken)
        {
            if (FailCommits-- > 0)
                throw new TransientTargetException("It is asleep");
            if (_pending.Exists(Guilty.Contains))
                return Refused(null);
            Table.AddRange(_pending);
            _pending.Clear();
            return default;
        }

        public ValueTask RollbackAsync()
        {
            _pending.Clear();
            return default;
        }

        public void Dispose()
        {
        }

        public ValueTask DisposeAsync() => default;

        private ValueTask<RangeRejection?> Refused(int? row)
        {
            if (Refusal != Refusal.OfRange)
                _pending.Clear();
            return ValueTask.FromResult<RangeRejection?>(
                new RangeRejection(new RowFault(ErrorCodes.CheckViolation, "no"), NamesRow ? row : null, Refusal != Refusal.OfRange));
        }
    }
}
