using EtlTools.Engine.Report;

namespace EtlTools.Cmdlets;

/// <summary>What a report says, as objects: ConvertTo-Json -Depth 6 gives all of it. No value of a field.</summary>
public sealed class EtlReport
{
    internal EtlReport(ReportModel report, string path)
    {
        Path = path;
        CreatedAt = report.CreatedAt;
        Since = report.Since;
        Until = report.Until;
        Runs = [.. report.Runs.Select(run => new EtlReportRun(run, report))];
        Missed = [.. report.Missed];
        Breakers = [.. report.Breakers.Select(band => new EtlReportBreaker(band))];
        Failures = [.. report.Failures.Select(failure => new EtlReportFailure(failure))];
        Watermarks = report.Watermarks is { } marks ? [.. marks.Select(mark => new EtlReportWatermark(mark))] : null;
        Files = [.. report.Logs.Select(log => new EtlReportFile(log)), .. report.LetterFiles.Select(file => new EtlReportFile(file))];
    }

    /// <summary>The full path of the page.</summary>
    public string Path { get; }

    /// <summary>When it was made, in UTC.</summary>
    public DateTimeOffset CreatedAt { get; }

    /// <summary>What -Since says; null without it.</summary>
    public DateTimeOffset? Since { get; }

    /// <summary>What -Until says; null without it.</summary>
    public DateTimeOffset? Until { get; }

    /// <summary>The runs, in the order of their beginning.</summary>
    public EtlReportRun[] Runs { get; }

    /// <summary>When runs should have begun and did not, with -Every.</summary>
    public DateTimeOffset[] Missed { get; }

    /// <summary>When breakers were open.</summary>
    public EtlReportBreaker[] Breakers { get; }

    /// <summary>Failed records by cause, the most frequent first.</summary>
    public EtlReportFailure[] Failures { get; }

    /// <summary>How far sources are loaded; null if no database was named.</summary>
    public EtlReportWatermark[]? Watermarks { get; }

    /// <summary>The files that were read.</summary>
    public EtlReportFile[] Files { get; }

    /// <summary>The page and the number of its runs.</summary>
    public override string ToString() => FormattableString.Invariant($"{Path}: {Runs.Length} run(s)");
}

/// <summary>A file that a report was made of.</summary>
public sealed class EtlReportFile
{
    internal EtlReportFile(LogFileReport log) => (Kind, Path, Exists, Lines, Unreadable, IsTorn) = ("Log", log.Path, true, log.Lines, log.Unreadable, log.IsTorn);

    internal EtlReportFile(LetterFileReport file) =>
        (Kind, Path, Exists, Lines, Repeated, Unreadable, IsTorn) = ("DeadLetter", file.Path, !file.IsMissing, file.Letters, file.Repeated, file.Unreadable, file.IsTorn);

    /// <summary>Log or DeadLetter.</summary>
    public string Kind { get; }

    /// <summary>Its path.</summary>
    public string Path { get; }

    /// <summary>False for dead letters that are not there: no record has failed, or the path is wrong.</summary>
    public bool Exists { get; }

    /// <summary>Lines of a log; letters in the report's span, each once, of a dead letter.</summary>
    public long Lines { get; }

    /// <summary>Letters that came before.</summary>
    public long Repeated { get; }

    /// <summary>Lines that cannot be read.</summary>
    public long Unreadable { get; }

    /// <summary>Whether the last line is cut off.</summary>
    public bool IsTorn { get; }

    /// <summary>Its path.</summary>
    public override string ToString() => Path;
}

/// <summary>A time in which a breaker was open.</summary>
public sealed class EtlReportBreaker
{
    internal EtlReportBreaker(BreakerBand band)
    {
        Dependency = band.Dependency;
        OpenedAt = band.OpenedAt;
        ClosedAt = band.ClosedAt;
        Probes = band.Probes;
        Code = band.Code;
    }

    /// <summary>The service or database.</summary>
    public string Dependency { get; }

    /// <summary>When it opened, in UTC.</summary>
    public DateTimeOffset OpenedAt { get; }

    /// <summary>When it closed, in UTC; null if the log does not tell.</summary>
    public DateTimeOffset? ClosedAt { get; }

    /// <summary>Calls that went out meanwhile, as probes.</summary>
    public int Probes { get; }

    /// <summary>The cause of the failure that opened it.</summary>
    public string? Code { get; }

    /// <summary>The dependency.</summary>
    public override string ToString() => Dependency;
}

/// <summary>Records that failed for the same cause.</summary>
public sealed class EtlReportFailure
{
    internal EtlReportFailure(FailureReport failure)
    {
        Code = failure.Code;
        Column = failure.Column;
        Source = failure.Source;
        Records = failure.Records;
        FirstLine = failure.FirstLine;
        LastLine = failure.LastLine;
        FirstAt = failure.FirstAt;
        LastAt = failure.LastAt;
        Replayed = failure.Replayed;
        Loaded = failure.Loaded;
    }

    /// <summary>The code of the cause.</summary>
    public string Code { get; }

    /// <summary>The column at fault; null if no single column is.</summary>
    public string? Column { get; }

    /// <summary>Where the records came from.</summary>
    public string? Source { get; }

    /// <summary>How many.</summary>
    public long Records { get; }

    /// <summary>The first line at fault.</summary>
    public long? FirstLine { get; }

    /// <summary>The last line at fault.</summary>
    public long? LastLine { get; }

    /// <summary>When the first one failed, in UTC.</summary>
    public DateTimeOffset FirstAt { get; }

    /// <summary>When the last one failed, in UTC.</summary>
    public DateTimeOffset LastAt { get; }

    /// <summary>How many were replayed since, each once; null if no log was read.</summary>
    public long? Replayed { get; }

    /// <summary>How many of these were loaded; null if it is unknown.</summary>
    public long? Loaded { get; }

    /// <summary>The cause and the number.</summary>
    public override string ToString() => FormattableString.Invariant($"{Code} {Column}: {Records}");
}

/// <summary>How far a source is loaded.</summary>
public sealed class EtlReportWatermark
{
    internal EtlReportWatermark(WatermarkReport mark)
    {
        Name = mark.Name;
        Source = mark.Source;
        Line = mark.Line;
        Row = mark.Row;
        ByteOffset = mark.ByteOffset;
        UpdatedAt = mark.UpdatedAt;
        AgeSec = Math.Round(mark.Age.TotalSeconds, 3);
        LagBytes = mark.LagBytes;
        LagLines = mark.LagLines;
        LagNote = mark.LagNote;
    }

    /// <summary>The name that the loads of one job share.</summary>
    public string Name { get; }

    /// <summary>The path or address of the source.</summary>
    public string Source { get; }

    /// <summary>The line of the last covered record; 0 if the source has no lines.</summary>
    public long Line { get; }

    /// <summary>The number of the last covered record.</summary>
    public long Row { get; }

    /// <summary>The offset of its first byte.</summary>
    public long ByteOffset { get; }

    /// <summary>When it was written, in UTC.</summary>
    public DateTimeOffset UpdatedAt { get; }

    /// <summary>How long ago that was, in seconds.</summary>
    public double AgeSec { get; }

    /// <summary>Bytes behind it in the source; null if the source cannot be seen.</summary>
    public long? LagBytes { get; }

    /// <summary>Lines behind it in the source; null if they were not counted.</summary>
    public long? LagLines { get; }

    /// <summary>Why there is no lag to tell.</summary>
    public string? LagNote { get; }

    /// <summary>Name and source.</summary>
    public override string ToString() => $"{Name}: {Source}";
}
