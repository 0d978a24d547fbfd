using System.Globalization;
using System.Text;
using EtlTools.Engine.Files;
using EtlTools.Engine.Resilience;
using EtlTools.Engine.Stages;

namespace EtlTools.Engine.Telemetry;

/// <summary>Writes the session's metrics in Prometheus's text format, for node_exporter's textfile collector.</summary>
internal sealed class PrometheusFile(
    string path, IReadOnlyDictionary<string, string> sessionTags, RunRegistry book, BreakerRegistry breakers, Redactor redactor, Action<Exception> onFailure) : IRunEvents
{
    private readonly Lock _lock = new();
    private readonly StringBuilder _text = new();

    public void RunEnded(EtlRun run) => Write();

    /// <summary>Writes the file.</summary>
    public void Write()
    {
        lock (_lock)
        {
            _text.Clear();
            Compose(book.Sum());
            try
            {
                WholeFile.Write(path, _text.ToString());
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                onFailure(e);
            }
        }
    }

    private void Compose(IReadOnlyList<StageSums> sums)
    {
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
        if (book.Last is not { Ending: { } ending, EndedAt: { } endedAt } last)
            return;
        string tags = Labels(null, last.Tags);
        Metric("last_run_succeeded", "gauge", "1 when every record of the last run's input is where it should be.");
        Line("last_run_succeeded", tags, ending.Succeeded ? 1 : 0);
        Metric("last_run_end_timestamp_seconds", "gauge", "When the last run ended, in Unix time.");
        Line("last_run_end_timestamp_seconds", tags, endedAt.ToUnixTimeMilliseconds() / 1000.0);
        Metric("last_run_duration_seconds", "gauge", "How long the last run took.");
        Line("last_run_duration_seconds", tags, (endedAt - last.StartedAt).TotalSeconds);
    }

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
}
