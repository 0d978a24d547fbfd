using EtlTools.Engine.Load;
using EtlTools.Engine.Records;
using EtlTools.Engine.Stages;
using Xunit;

namespace EtlTools.Engine.Tests.Load;

/// <summary>A watermark is never beyond a record that is neither loaded nor kept.</summary>
public sealed class WatermarkProgressTests
{
    private static readonly SourceInfo Source = new("a.csv", "/a.csv");

    private readonly CommittedPrefix _prefix = new(1);
    private readonly WatermarkProgress _progress;

    public WatermarkProgressTests()
    {
        _progress = new WatermarkProgress("w", TimeSpan.Zero, new EtlRun(TimeProvider.System), _prefix);
        for (int row = 0; row < 10; row++)
        {
            Checkpoint? before = row == 0 ? null : new Checkpoint(new SourcePosition(Source, row + 1, row, row), Rec.Of("id", row), null);
            _prefix.Dispatched(0, row, before, before);
        }
    }

    [Fact]
    public void CommitLater_RestOfABatchThatIsCommittedInPart_TakesOffTheRestAlone()
    {
        _progress.Plan(0, 2, out WatermarkStep step);
        _progress.Commit(step);
        using var batch = new Batch(new Rows());
        for (int row = 0; row < 5; row++)
            batch.Add(new RoutedRecord(Rec.Of("id", row), row, 0, null, null));
        _progress.CommitLater(0, batch, [new RowRange(2, 5)]);
        // One record of the next batch: six are done, from the beginning.
        Assert.Equal(6, Assert.Single(_progress.Plan(0, 1, out _)).Row);
    }

    [Fact]
    public void Committed_MoreThanTheWriterHas_IsAnError() => Assert.Throws<InvalidOperationException>(() => _prefix.Committed(0, 11, 0));

    private sealed class Rows : IRowBuffer
    {
        public bool IsFull => false;

        public RowFault? Add(int row, Record record) => null;

        public void Dispose()
        {
        }
    }
}
