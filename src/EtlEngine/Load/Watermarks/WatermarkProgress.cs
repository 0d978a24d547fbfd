using EtlTools.Engine.Load.Shares;
using EtlTools.Engine.Records;
using EtlTools.Engine.Stages;

namespace EtlTools.Engine.Load;

/// <summary>The watermarks of one load: determines what each transaction must write, from the committed records.</summary>
internal sealed class WatermarkProgress(string name, TimeSpan lag, EtlRun run, CommittedPrefix prefix)
{
    private volatile Checkpoint? _last;

    /// <summary>The counters of a share; null if the load is not shared.</summary>
    public ShareProgress? Share { get; init; }

    /// <summary>The newest committed watermark, or null.</summary>
    public Watermark? Newest => _last is { } checkpoint ? ToWatermark(checkpoint) : null;

    /// <summary>What to write in a transaction that commits so many more records of a writer.</summary>
    public IReadOnlyList<Watermark> Plan(int writer, int records, out WatermarkStep step)
    {
        IReadOnlyList<Checkpoint> checkpoints = prefix.After(writer, records, out long upTo);
        step = new WatermarkStep(writer, records, upTo, checkpoints.Count > 0 ? checkpoints[^1] : null);
        return step.Last is null || step.Last == _last ? [] : [.. checkpoints.Select(ToWatermark)];
    }

    /// <summary>The transaction is committed.</summary>
    public void Commit(WatermarkStep step)
    {
        prefix.Committed(step.Writer, step.Records, step.UpTo);
        if (step.Last is not null)
            _last = step.Last;
        if (step.Share is not null)
            Share!.Commit(step.Share);
    }

    /// <summary>These records need no transaction. They may be a part of a batch whose other part is committed already.</summary>
    public void CommitLater(int writer, Batch batch, IReadOnlyList<RowRange> ranges)
    {
        prefix.Committed(writer, ranges.Sum(range => range.Count), 0);
        Share?.Add(batch, ranges);
    }

    private Watermark ToWatermark(Checkpoint checkpoint) => new()
    {
        Name = name,
        Source = checkpoint.Position.Source.Path,
        Fingerprint = checkpoint.Position.Source.Fingerprint,
        Check = checkpoint.Record.Check,
        Line = checkpoint.Position.Line,
        ByteOffset = checkpoint.Position.ByteOffset,
        Row = checkpoint.Position.Row,
        Cursor = checkpoint.Position.Source.Cursor,
        Value = checkpoint.Value?.Less(lag),
        UpdatedAt = run.Time.GetUtcNow(),
    };
}

/// <summary>A step of the watermark that waits for the commit of its transaction.</summary>
internal readonly record struct WatermarkStep(int Writer, int Records, long UpTo, Checkpoint? Last, ShareStep? Share = null);
