using EtlTools.Engine.DeadLetters;
using EtlTools.Engine.Load.Shares;
using EtlTools.Engine.Records;
using EtlTools.Engine.Stages;

namespace EtlTools.Engine.Load;

/// <summary>The watermark of a load, and what it needs.</summary>
internal sealed class LoadWatermark
{
    private readonly LoadOptions _options;
    private readonly IReadOnlyList<Watermark> _stored;

    private LoadWatermark(LoadOptions options, EtlRun run, StageCounters loader, IReadOnlyList<Watermark> stored, ShareProgress? share)
    {
        _options = options;
        _stored = stored;
        Committed = new CommittedPrefix(options.ThrottleLimit);
        Positions = new SourcePositionTracker(loader, watched: true, ReadValue, StoredValue) { Appends = options.Mode == LoadMode.Append };
        Progress = new WatermarkProgress(options.WatermarkName!, options.WatermarkLag, run, Committed) { Share = share };
    }

    public SourcePositionTracker Positions { get; }

    public CommittedPrefix Committed { get; }

    public WatermarkProgress Progress { get; }

    /// <summary>Claims the watermark for this run, before its first record.</summary>
    /// <exception cref="EtlException">The watermark cannot be kept, or another run holds it.</exception>
    public static async ValueTask<LoadWatermark?> OpenAsync(
        ITarget target, LoadOptions options, EtlRun run, StageCounters loader, DeadLetterWriter? letters, CancellationToken cancellationToken)
    {
        RequireAble(options, run, hasLetters: letters is not null);
        if (options.WatermarkName is not { } name || letters is null)
            return null;
        IReadOnlyList<Watermark> stored = await target.LockWatermarkAsync(name, run.Id, found => RequireFresh(found, run), cancellationToken).ConfigureAwait(false);
        var rows = stored.Where(watermark => watermark.Cursor is null)
            .GroupBy(watermark => watermark.Source).ToDictionary(group => group.Key, group => group.Max(watermark => watermark.Row));
        letters.SkipKnown((source, row) => rows.TryGetValue(source, out long covered) && row <= covered);
        ShareProgress? share = options.Partition is null ? null
            : new ShareProgress(ShareCounts.Parse(await target.ReadShareAsync(cancellationToken).ConfigureAwait(false)), stored);
        return new LoadWatermark(options, run, loader, stored, share);
    }

    /// <summary>Throws if the run cannot keep the watermark.</summary>
    /// <exception cref="EtlException">Says what to change.</exception>
    public static void RequireAble(LoadOptions options, EtlRun run, bool hasLetters)
    {
        if (options.WatermarkName is null)
            return;
        if (!hasLetters)
            throw new EtlException(
                FailureCodes.InvalidParameter, FailureKind.InvalidCall,
                "-WatermarkName needs -DeadLetterPath: records before the watermark are not read again, so failed ones must be kept.");
        if (run.UnorderedStage is not null)
            throw new EtlException(
                FailureCodes.WatermarkImpossible, FailureKind.InvalidCall,
                "-WatermarkName needs records in the order of their source. Leave out -Unordered, or -WatermarkName.");
    }

    /// <summary>Throws if another run has moved a watermark since this run's sources read it, for example while this run waited for the
    /// name. This run would load records again, and move the watermark back.</summary>
    private static void RequireFresh(IReadOnlyList<Watermark> stored, EtlRun run)
    {
        IReadOnlyList<Watermark> resumed = run.ResumedFrom;
        DateTimeOffset present = run.Time.GetUtcNow();
        foreach (Watermark now in stored)
        {
            Watermark? read = resumed.FirstOrDefault(mark => mark.Name == now.Name && mark.Source == now.Source && mark.Fingerprint == now.Fingerprint);
            // A time in the future comes from a host whose clock is ahead, and cannot be compared with this run's start.
            if (read is null ? now.UpdatedAt > run.StartedAt && now.UpdatedAt <= present : now.UpdatedAt > read.UpdatedAt)
                throw WatermarkFailures.Moved(now);
        }
    }

    /// <summary>Checks whether a good record may be loaded, by its watched column.</summary>
    public RowFault? Admit(Record record)
    {
        if (_options.WatermarkColumn is not { } column || _options.NullWatermark == NullWatermark.Include || !IsNull(record, column))
            return null;
        return _options.NullWatermark == NullWatermark.Exclude
            ? RowFault.LeaveOut
            : new RowFault(ErrorCodes.WatermarkIsNull, $"The column '{column}' of -WatermarkColumn is null, missing, NaN or infinite (-NullWatermark).", column);
    }

    private static bool IsNull(Record record, string column) =>
        !record.TryGetValue(column, out object? value) || WatermarkValue.IsNone(value);

    private WatermarkValue? ReadValue(Record record)
    {
        if (_options.WatermarkColumn is not { } column || !record.TryGetValue(column, out object? value))
            return null;
        WatermarkValue? read = WatermarkValue.Of(value);
        return read is { IsTime: false } && _options.WatermarkLag > TimeSpan.Zero ? throw WatermarkFailures.NoTime(column, record) : read;
    }

    private WatermarkValue? StoredValue(SourceInfo source) =>
        _stored.FirstOrDefault(watermark => watermark.IsOf(source))?.Value is { } text
            ? WatermarkValue.Parse(text)
            : null;
}
