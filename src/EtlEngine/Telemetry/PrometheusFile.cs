using System.Globalization;
using System.Text;
using EtlTools.Engine.Files;
using EtlTools.Engine.Resilience;
using EtlTools.Engine.Stages;

namespace EtlTools.Engine.Telemetry;

/// <summary>
/// Writes the session's metrics in Prometheus's text format, for node_exporter's textfile collector. The file belongs to one session at a
/// time. Until its first run has ended, it keeps the last run of the process before it, by which alerts find jobs that no longer run.
/// </summary>
/// <param name="path">The full path.</param>
/// <param name="sessionTags">The session's tags.</param>
/// <param name="book">The session's runs.</param>
/// <param name="breakers">The session's breakers.</param>
/// <param name="redactor">The redactor for labels.</param>
/// <param name="onFailure">Is told why the file could not be written.</param>
/// <param name="onShared">Is told of another session that writes the file, as the rest of a clause about the file.</param>
internal sealed class PrometheusFile(
    string path, IReadOnlyDictionary<string, string> sessionTags, RunRegistry book, BreakerRegistry breakers, Redactor redactor, Action<Exception> onFailure, Action<string> onShared) : IRunEvents
{
    private const string Succeeded = "last_run_succeeded";
    private const string EndedAt = "last_run_end_timestamp_seconds";
    private const string Duration = "last_run_duration_seconds";

    private readonly Lock _lock = new();
    private readonly StringBuilder _text = new();
    private readonly string _mark = $"# Written by the session {book.Id} of EtlTools.";
    private LastRun? _earlier;
    private bool _hasWritten;
    private bool _replacesOther;

    public void RunEnded(EtlRun run) => Write();

    /// <summary>Writes the file.</summary>
    public void Write()
    {
        lock (_lock)
        {
            try
            {
                Look();
                _text.Clear();
                Compose(book.Sum());
                WholeFile.Write(path, _text.ToString());
                _hasWritten = true;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                onFailure(e);
            }
        }
    }

    /// <summary>Looks into the file before it is replaced.</summary>
    private void Look()
    {
        // A device or a pipe has no length, and may have no end.
        string[] before = new FileInfo(path) is { Exists: true, Length: > 0 } ? ReadLines() : [];
        bool isOfOther = before is [var mark, ..] && mark != _mark;
        if (!_hasWritten)
        {
            _earlier = ReadLastRun(before);
            _replacesOther = isOfOther && _earlier is null && Array.Exists(before, line => line.StartsWith($"etltools_{Succeeded}", StringComparison.Ordinal));
            return;
        }
        if (isOfOther)
            onShared("is written by another process or session, too");
        else if (_replacesOther)
            onShared("had the last run of a process with other tags (-Tag)");
        _replacesOther = false;
    }

    /// <summary>Reads the file without keeping another process from replacing it.</summary>
    private string[] ReadLines()
    {
        using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        return reader.ReadToEnd().Split('\n');
    }

    /// <summary>The last run with the session's tags that another process has written.</summary>
    private LastRun? ReadLastRun(string[] lines)
    {
        string labels = Labels(null, sessionTags);
        return Value(Succeeded) is { } succeeded && Value(EndedAt) is { } endedAt && Value(Duration) is { } seconds ? new LastRun(labels, succeeded, endedAt, seconds) : null;

        double? Value(string name)
        {
            string start = $"etltools_{name}{labels} ";
            string? line = Array.Find(lines, line => line.StartsWith(start, StringComparison.Ordinal));
            return double.TryParse(line?[start.Length..], NumberStyles.Float, CultureInfo.InvariantCulture, out double value) ? value : null;
        }
    }

    private void Compose(IReadOnlyList<StageSums> sums)
    {
        _text.Append(_mark).Append('\n');
        Stages("records_in_total", "counter", "Records that arrived at a stage.", sums, sum => sum.In);
        Stages("records_made_total", "counter", "Records that a stage made.", sums, sum => sum.Made);
        Stages("records_out_total", "counter", "Good records that left a stage.", sums, sum => sum.Out);
        Stages("records_filtered_total", "counter", "Records that a stage dropped on purpose.", sums, sum => sum.Filtered);
        Stages("records_failed_total", "counter", "Records that failed in a stage.", sums, sum => sum.Failed);
        Stages("records_forwarded_total", "counter", "Failed records that passed a stage.", sums, sum => sum.Forwarded);
        Stages("retries_total", "counter", "Calls that were tried again.", sums, sum => sum.Retries);
        Stages("queue_depth", "gauge", "Records inside a stage.", sums, sum => sum.Held);
        Metric("batch_seconds", "summary", "How long batches took to load.");
        foreach (StageSums sum in sums.Where(sum => sum.Batches > 0))
        {
            Line("batch_seconds_count", Labels(sum.Stage, sum.Tags), sum.Batches);
            Line("batch_seconds_sum", Labels(sum.Stage, sum.Tags), sum.BatchTime.TotalSeconds);
        }
        Metric("breaker_state", "gauge", "0 closed, 1 half-open, 2 open.");
        foreach (BreakerStatus status in breakers.All.Select(breaker => breaker.Status))
            Line("breaker_state", Labels(null, sessionTags, ("dependency", status.Name)), EtlMeter.Number(status.State));
        Runs(book.Ended);
        if ((LastRunOf(book.Last) ?? _earlier) is not { } last)
            return;
        Metric(Succeeded, "gauge", "1 when every record of the last run's input is where it should be.");
        Line(Succeeded, last.Labels, last.Succeeded);
        Metric(EndedAt, "gauge", "When the last run ended, in Unix time.");
        Line(EndedAt, last.Labels, last.EndedAt);
        Metric(Duration, "gauge", "How long the last run took.");
        Line(Duration, last.Labels, last.Seconds);
    }

    private LastRun? LastRunOf(EtlRun? run) => run is { Ending: { } ending, EndedAt: { } endedAt }
        ? new LastRun(Labels(null, run.Tags), ending.Succeeded ? 1 : 0, endedAt.ToUnixTimeMilliseconds() / 1000.0, (endedAt - run.StartedAt).TotalSeconds)
        : null;

    private void Runs(IReadOnlyList<RunSums> ended)
    {
        Metric("runs_total", "counter", "Ended runs, by their final state.");
        foreach (RunSums sum in ended)
            Line("runs_total", Labels(null, sum.Tags, ("state", sum.State.ToString())), sum.Count);
        if (ended.Count == 0)
            return;
        Metric("all_runs_succeeded", "gauge", "1 when every run of this process succeeded, 0 when one or more did not.");
        foreach (IGrouping<string, RunSums> same in ended.GroupBy(sum => Labels(null, sum.Tags)))
            Line("all_runs_succeeded", same.Key, same.All(sum => sum.Succeeded == sum.Count) ? 1 : 0);
    }

    private void Stages(string name, string type, string help, IReadOnlyList<StageSums> sums, Func<StageSums, long> of)
    {
        Metric(name, type, help);
        foreach (StageSums sum in sums)
            Line(name, Labels(sum.Stage, sum.Tags), of(sum));
    }

    private void Metric(string name, string type, string help) =>
        _text.Append(CultureInfo.InvariantCulture, $"# HELP etltools_{name} {help}\n# TYPE etltools_{name} {type}\n");

    private void Line(string name, string labels, double value) =>
        _text.Append(CultureInfo.InvariantCulture, $"etltools_{name}{labels} {value:R}\n");

    private string Labels(string? stage, IReadOnlyDictionary<string, string> tags, params ReadOnlySpan<(string Name, string Value)> more)
    {
        var labels = new StringBuilder();
        if (stage is not null)
            Add("stage", stage);
        foreach ((string name, string value) in more)
            Add(name, value);
        foreach ((string name, string value) in tags)
            Add(name, value);
        return labels.Length == 0 ? "" : labels.Append('}').ToString();

        void Add(string name, string value)
        {
            string escaped = redactor.Redact(value).Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
            labels.Append(labels.Length == 0 ? '{' : ',').Append(name).Append("=\"").Append(escaped).Append('"');
        }
    }

    private sealed record LastRun(string Labels, double Succeeded, double EndedAt, double Seconds);
}
