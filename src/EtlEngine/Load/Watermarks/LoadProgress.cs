using EtlTools.Engine.Records;
using EtlTools.Engine.Stages;

namespace EtlTools.Engine.Load;

/// <summary>The watermarks of one load: what each transaction has to write, from the records that are committed.</summary>
internal sealed class LoadProgress(string name, TimeSpan lag, EtlRun run, Prefix prefix)
{
    private volatile Mark? _last;

    /// <summary>The newest watermark that is committed, or null.</summary>
    public Watermark? Newest => _last is { } mark ? ToWatermark(mark) : null;

    /// <summary>What to write in a transaction that commits so many more records of a writer.</summary>
    public IReadOnlyList<Watermark> Plan(int writer, int records, out WatermarkStep step)
    {
        IReadOnlyList<Mark> marks = prefix.After(writer, records, out long upTo);
        step = new WatermarkStep(writer, records, upTo, marks.Count > 0 ? marks[^1] : null);
        return step.Last is null || step.Last == _last ? [] : [.. marks.Select(ToWatermark)];
    }

    /// <summary>The transaction is committed.</summary>
    public void Commit(WatermarkStep step)
    {
        prefix.Committed(step.Writer, step.Records, step.UpTo);
        if (step.Last is not null)
            _last = step.Last;
    }

    /// <summary>Records are dealt with that need no transaction.</summary>
    public void CommitLater(int writer, int records) => prefix.Committed(writer, records, 0);

    private Watermark ToWatermark(Mark mark) => new()
    {
        Name = name,
        Source = mark.Position.Source.Path,
        Fingerprint = mark.Position.Source.Fingerprint,
        Line = mark.Position.Line,
        ByteOffset = mark.Position.ByteOffset,
        Row = mark.Position.Row,
        Cursor = mark.Position.Source.Cursor,
        Value = mark.Value?.Less(lag),
        UpdatedAt = run.Time.GetUtcNow(),
    };
}

/// <summary>A step of the watermark that waits for its transaction's commit.</summary>
internal readonly record struct WatermarkStep(int Writer, int Records, long UpTo, Mark? Last);
