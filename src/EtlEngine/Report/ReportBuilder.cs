namespace EtlTools.Engine.Report;

/// <summary>Reads the sources of a report, and builds it.</summary>
internal static class ReportBuilder
{
    /// <summary>Makes a report.</summary>
    /// <param name="options">The sources and filters.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="EtlException">A file cannot be read.</exception>
    public static ReportModel Build(ReportOptions options, TimeProvider time, CancellationToken cancellationToken)
    {
        DateTimeOffset now = time.GetUtcNow();
        var log = new LogReader();
        foreach (string path in options.LogPaths)
            log.Read(path, cancellationToken);
        var letters = new LetterReader(options.Since, options.Until);
        letters.Read(options.LetterPaths, cancellationToken);
        IReadOnlyList<RunReport> all = WithOthers(log.Runs(now), options.Runs);
        IReadOnlyList<RunReport> runs = [.. all.Where(run => IsWanted(run, options))];
        return new ReportModel
        {
            CreatedAt = now,
            Since = options.Since,
            Until = options.Until,
            Logs = log.Files,
            Runs = runs,
            Missed = options.Every is { } every ? Schedule.Missed([.. runs.Select(run => run.StartedAt)], every, options.Since, Least(options.Until, now)) : [],
            Breakers = [.. log.Breakers.Where(band => !(band.ClosedAt < options.Since) && !(band.OpenedAt > options.Until))],
            LetterFiles = [.. letters.Files, .. options.MissingLetterPaths.Select(path => new LetterFileReport(path, 0, 0, 0, IsTorn: false, IsMissing: true))],
            Failures = letters.Build(options.LogPaths.Count + options.Runs.Count > 0 ? all : null),
            Watermarks = options.Watermarks is null ? null : [.. options.Watermarks.Select(watermark => WatermarkLag.Of(watermark, now))],
        };
    }

    private static IReadOnlyList<RunReport> WithOthers(IReadOnlyList<RunReport> logged, IReadOnlyList<RunReport> others)
    {
        var known = logged.Select(run => run.Id).ToHashSet(StringComparer.Ordinal);
        return [.. logged.Concat(others.Where(run => known.Add(run.Id))).OrderBy(run => run.StartedAt)];
    }

    private static bool IsWanted(RunReport run, ReportOptions options) =>
        !((run.EndedAt ?? run.LastSeenAt) < options.Since) && !(run.StartedAt > options.Until)
        && options.Tags.All(tag => run.Tags.TryGetValue(tag.Key, out string? value) && value == tag.Value);

    private static DateTimeOffset Least(DateTimeOffset? one, DateTimeOffset other) => one < other ? one.Value : other;
}
