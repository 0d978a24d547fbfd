using System.Globalization;

namespace EtlTools.Engine.Report.Html;

/// <summary>The wording of times, sizes and outcomes on the page.</summary>
internal static class Words
{
    /// <summary>A moment in UTC.</summary>
    public static string Of(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);

    /// <summary>A moment without seconds, for an axis.</summary>
    public static string Short(DateTimeOffset time, TimeSpan span) =>
        time.UtcDateTime.ToString(span < TimeSpan.FromMinutes(10) ? "HH:mm:ss" : span < TimeSpan.FromDays(1) ? "HH:mm" : "MM-dd HH:mm", CultureInfo.InvariantCulture);

    /// <summary>A duration in its two largest units.</summary>
    public static string Of(TimeSpan time) => time switch
    {
        { TotalSeconds: < 10 } => Text($"{time.TotalSeconds:0.0#} s"),
        { TotalMinutes: < 1 } => Text($"{time.TotalSeconds:0} s"),
        { TotalHours: < 1 } => Text($"{time.Minutes} min {time.Seconds} s"),
        { TotalDays: < 1 } => Text($"{time.Hours} h {time.Minutes} min"),
        _ => Text($"{(int)time.TotalDays} d {time.Hours} h"),
    };

    /// <summary>A size.</summary>
    public static string Bytes(long bytes) => bytes switch
    {
        < 1024 => Text($"{bytes} B"),
        < 1024 * 1024 => Text($"{bytes / 1024.0:0.#} KiB"),
        < 1024L * 1024 * 1024 => Text($"{bytes / 1048576.0:0.#} MiB"),
        _ => Text($"{bytes / 1073741824.0:0.##} GiB"),
    };

    /// <summary>A rate.</summary>
    public static string Rate(double perSecond) => perSecond < 10 ? Text($"{perSecond:0.#}/s") : Text($"{perSecond:N0}/s");

    /// <summary>A number of things.</summary>
    public static string Count(long count, string one, string many) => count == 1 ? $"1 {one}" : Text($"{count:N0} {many}");

    /// <summary>An outcome.</summary>
    public static string Of(RunOutcome outcome) => outcome switch
    {
        RunOutcome.Succeeded => "Succeeded",
        RunOutcome.Drained => "Drained",
        RunOutcome.StoppedEarly => "Stopped early",
        RunOutcome.RecordsFailed => "Records failed",
        RunOutcome.Failed => "Failed",
        RunOutcome.Dropped => "Dropped",
        RunOutcome.Running => "Running",
        _ => "No end",
    };

    /// <summary>The class of an outcome in the style sheet.</summary>
    public static string ClassOf(RunOutcome outcome) => outcome switch
    {
        RunOutcome.Succeeded => "ok",
        RunOutcome.Drained => "drained",
        RunOutcome.StoppedEarly => "early",
        RunOutcome.RecordsFailed => "some",
        RunOutcome.Failed => "failed",
        RunOutcome.Dropped => "dropped",
        RunOutcome.Running => "running",
        _ => "lost",
    };

    /// <summary>The title of a run: its tags, or what it reads and loads.</summary>
    public static string Job(RunReport run) =>
        run.Tags.Count > 0 ? string.Join(", ", run.Tags.OrderBy(tag => tag.Key, StringComparer.OrdinalIgnoreCase).Select(tag => tag.Value))
        : run.Loads.Count > 0 ? run.Loads[0].Table
        : run.Stages.Count > 0 ? run.Stages[^1].Name : "runs";

    private static string Text(FormattableString text) => FormattableString.Invariant(text);
}
