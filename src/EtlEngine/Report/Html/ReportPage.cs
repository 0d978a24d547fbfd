using System.Globalization;

namespace EtlTools.Engine.Report.Html;

/// <summary>
/// Writes a report as one HTML page, without scripts and external addresses. Texts are beside the drawings, not inside them, so that they
/// keep their size on a narrow screen.
/// </summary>
internal sealed class ReportPage
{
    private readonly HtmlWriter _html = new();
    private readonly ReportModel _report;
    private readonly string _title;

    private ReportPage(ReportModel report, string title) => (_report, _title) = (report, title);

    /// <summary>The page.</summary>
    /// <param name="report">What it says.</param>
    /// <param name="title">Its title.</param>
    public static string Write(ReportModel report, string title)
    {
        var page = new ReportPage(report, title);
        page.Write();
        return page._html.ToString();
    }

    private void Write()
    {
        _html.Add($"""
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"/><meta name="viewport" content="width=device-width,initial-scale=1"/>
            <meta name="generator" content="EtlTools"/><title>{_title}</title><style>
            """);
        _html.AddStyle(ReportStyle.Css);
        _html.Add($"</style></head><body><main><header><h1>{_title}</h1><p class=\"soft\">{Span()} All times are UTC.</p></header>");
        WriteSummary();
        if (_report.Runs.Count + _report.Missed.Count > 0)
        {
            _html.Add($"<section><h2>Timeline</h2>");
            new Timeline(_html, _report).Write();
            _html.Add($"</section>");
        }
        new FailureTables(_html, _report).Write();
        new WatermarkTable(_html, _report).Write();
        new BreakerTable(_html, _report).Write();
        new RunSections(_html, _report).Write();
        WriteFooter();
        _html.Add($"</main></body></html>\n");
    }

    private string Span()
    {
        string made = $"Made {Words.Of(_report.CreatedAt)}.";
        return (_report.Since, _report.Until) switch
        {
            ({ } since, { } until) => $"{Words.Of(since)} to {Words.Of(until)}. {made}",
            ({ } since, null) => $"Since {Words.Of(since)}. {made}",
            (null, { } until) => $"Until {Words.Of(until)}. {made}",
            _ => made,
        };
    }

    private void WriteSummary()
    {
        IReadOnlyList<RunReport> runs = _report.Runs;
        _html.Add($"""<section><p class="lead">{Sentence()}</p><div class="tiles">""");
        WriteTile(runs.Count, "runs", "");
        foreach (RunOutcome outcome in Enum.GetValues<RunOutcome>())
        {
            if (runs.Count(run => run.Outcome == outcome) is > 0 and var count)
                WriteTile(count, Words.Of(outcome).ToLowerInvariant(), Words.ClassOf(outcome));
        }
        if (_report.Missed.Count > 0)
            WriteTile(_report.Missed.Count, "missed", "missed");
        if (runs.Any(run => run.Loaded is not null))
            WriteTile(runs.Sum(run => run.Loaded ?? 0), "records loaded", "");
        if (runs.Any(run => run.DeadLettered > 0))
            WriteTile(runs.Sum(run => run.DeadLettered ?? 0), "to dead letters", "some");
        if (runs.Sum(run => run.Retries) is > 0 and var retries)
            WriteTile(retries, "retries", "");
        _html.Add($"</div></section>");
    }

    private void WriteTile(long count, string what, string name) => _html.Add($"""<div class="tile"><b class="{name}">{count}</b><span>{what}</span></div>""");

    private string Sentence()
    {
        if (_report.Runs.Count == 0)
            return _report.Missed.Count > 0 ? "No run started." : "There are no runs to show.";
        long good = _report.Runs.Count(run => run.Outcome is RunOutcome.Succeeded or RunOutcome.Drained or RunOutcome.StoppedEarly);
        long bad = _report.Runs.Count(run => run.Outcome is RunOutcome.Failed or RunOutcome.Dropped or RunOutcome.Lost);
        long some = _report.Runs.Count(run => run.Outcome == RunOutcome.RecordsFailed);
        long broken = _report.Runs.Count(run => run.Stages.Any(stage => stage.Check == SumCheck.Broken) || run.Loads.Any(load => load.Check == SumCheck.Broken));
        string sentence = good == _report.Runs.Count ? good == 1 ? "The run succeeded." : "All runs succeeded."
            : good == 0 ? "No run succeeded."
            : string.Create(CultureInfo.InvariantCulture, $"{good:N0} of {_report.Runs.Count:N0} runs succeeded.");
        if (bad > 0)
            sentence += $" {Words.Count(bad, "run", "runs")} ended with an error or did not end.";
        if (some > 0)
            sentence += $" {Words.Count(some, "run", "runs")} had failed records.";
        if (_report.Missed.Count > 0)
            sentence += $" {Words.Count(_report.Missed.Count, "run", "runs")} did not start.";
        return broken > 0 ? $"{sentence} The counts of {Words.Count(broken, "run", "runs")} do not add up." : sentence;
    }

    private void WriteFooter()
    {
        _html.Add($"""<footer><p>Made by EtlTools from what its runs counted. No value of a field is in it.</p>""");
        foreach (LogFileReport log in _report.Logs)
            _html.Add($"""<p>Log {log.Path}: {Words.Count(log.Lines, "line", "lines")}{Unread(log.Unreadable, log.IsTorn)}.</p>""");
        foreach (LetterFileReport file in _report.LetterFiles)
            _html.Add($"""<p>Dead letters {file.Path}: {(file.IsMissing ? "there is no such file" : Words.Count(file.Letters, "letter", "letters"))}{(file.Repeated > 0 ? $", {file.Repeated} repeated" : "")}{Unread(file.Unreadable, file.IsTorn)}.</p>""");
        _html.Add($"</footer>");
    }

    private static string Unread(long unreadable, bool isTorn) =>
        (unreadable > 0 ? $", {unreadable} of them unreadable" : "") + (isTorn ? ", the last one cut off: its writer was killed, or is still writing" : "");
}
