namespace EtlTools.Engine.Report;

/// <summary>The sources and filters of a report.</summary>
internal sealed record ReportOptions
{
    /// <summary>The full paths of structured logs.</summary>
    public IReadOnlyList<string> LogPaths { get; init; } = [];

    /// <summary>Runs from other sources; if a run is also in a log, the log is used.</summary>
    public IReadOnlyList<RunReport> Runs { get; init; } = [];

    /// <summary>The full paths of dead-letter files.</summary>
    public IReadOnlyList<string> LetterPaths { get; init; } = [];

    /// <summary>Paths of dead letters at which there is no file.</summary>
    public IReadOnlyList<string> MissingLetterPaths { get; init; } = [];

    /// <summary>The watermarks of a database; null if no database is named.</summary>
    public IReadOnlyList<Records.Watermark>? Watermarks { get; init; }

    /// <summary>Runs and letters before this are left out. Default none.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Runs and letters after this are left out. Default none.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>Only runs with these tags. Default all.</summary>
    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();

    /// <summary>How often a run should begin; null, the default, for no schedule.</summary>
    public TimeSpan? Every { get; init; }
}
