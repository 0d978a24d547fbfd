using System.Globalization;

namespace EtlTools.Engine.Report.Html;

/// <summary>The table of all runs, and the details of the most important ones.</summary>
internal sealed class RunSections(HtmlWriter html, ReportModel report)
{
    /// <summary>The largest number of rows in the table, so that the page stays small enough to send.</summary>
    private const int MaxRows = 500;

    /// <summary>The largest number of runs with details: runs with failures first, then the newest.</summary>
    private const int MaxDetails = 40;

    /// <summary>How many runs with failures are expanded at first.</summary>
    private const int MaxOpen = 3;

    private readonly HashSet<RunReport> _detailed = [.. report.Runs.OrderByDescending(NeedsLook).ThenByDescending(run => run.StartedAt).Take(MaxDetails)];

    public void Write()
    {
        if (report.Runs.Count == 0)
            return;
        List<RunReport> newest = [.. report.Runs.OrderByDescending(run => run.StartedAt)];
        html.Add($"""<section><h2>Runs</h2><table><thead><tr><th>Began</th><th>Job</th><th>Outcome</th><th class="n">Took</th><th class="n">Read</th><th class="n">Loaded</th><th class="n">Failed</th><th class="n">Retries</th></tr></thead><tbody>""");
        foreach (RunReport run in newest.Take(MaxRows))
            WriteRow(run);
        html.Add($"</tbody></table>");
        if (newest.Count > MaxRows)
            html.Add($"""<p class="soft small">{Words.Count(newest.Count - MaxRows, "earlier run is", "earlier runs are")} not shown; -Since and -Until choose others, -PassThru has all.</p>""");
        html.Add($"</section><section><h2>{(_detailed.Count == 1 ? "The run" : "Each run")}</h2>");
        if (_detailed.Count < report.Runs.Count)
            html.Add($"""<p class="soft small">Runs with failures first, then the newest: {_detailed.Count} of {report.Runs.Count}.</p>""");
        int opened = 0;
        foreach (RunReport run in newest.Where(_detailed.Contains))
            WriteRun(run, isOpen: _detailed.Count == 1 || (NeedsLook(run) && opened++ < MaxOpen));
        html.Add($"</section>");
    }

    private void WriteRow(RunReport run)
    {
        html.Add($"""<tr><td class="t" data-l="Began"><span>""");
        if (_detailed.Contains(run))
            html.Add($"""<a href="#r-{run.Id}">{Words.Of(run.StartedAt)}</a>""");
        else
            html.Add($"{Words.Of(run.StartedAt)}");
        html.Add($"""</span></td><td data-l="Job"><span>{Words.Job(run)}</span></td><td data-l="Outcome"><span class="badge {Words.ClassOf(run.Outcome)}">{Words.Of(run.Outcome)}</span></td>""");
        html.Add($"""<td class="n" data-l="Took"><span>{Words.Of(run.Elapsed)}</span></td><td class="n" data-l="Read"><span>{run.Read}</span></td><td class="n" data-l="Loaded"><span>{Number(run.Loaded)}</span></td>""");
        html.Add($"""<td class="n" data-l="Failed"><span>{run.Failed}</span></td><td class="n" data-l="Retries"><span>{run.Retries}</span></td></tr>""");
    }

    private void WriteRun(RunReport run, bool isOpen)
    {
        html.Add($"""<details id="r-{run.Id}" """);
        if (isOpen)
            html.Add($"""open="" """);
        html.Add($"""><summary><b class="num">{Words.Of(run.StartedAt)}</b><span>{Words.Job(run)}</span><span class="badge {Words.ClassOf(run.Outcome)}">{Words.Of(run.Outcome)}</span><span class="soft num">{Words.Of(run.Elapsed)}</span>""");
        html.Add($"""</summary><div class="run"><p class="small soft">Run {run.Id}, state {run.State}{(run.EndedAt is { } ended ? $", ended {Words.Of(ended)}" : $", last seen {Words.Of(run.LastSeenAt)}")}.</p>""");
        if (run.ErrorCode is not null || run.Message is not null)
            html.Add($"""<p class="error"><b>{run.ErrorCode}</b> {run.Message}</p>""");
        WriteStages(run);
        WriteLoads(run);
        WriteOutages(run);
        if (run.Stages.Count > 0)
            new RunChart(html, report, run).Write();
        html.Add($"</div></details>");
    }

    private void WriteStages(RunReport run)
    {
        if (run.Stages.Count == 0)
        {
            html.Add($"""<p class="soft">No stage began.</p>""");
            return;
        }
        html.Add($"""<table><caption>Records by stage: in + made = out + filtered + failed + forwarded</caption><thead><tr><th>Stage</th><th class="n">In</th><th class="n">Made</th><th class="n">Out</th><th class="n">Filtered</th><th class="n">Failed</th><th class="n">Forwarded</th><th class="n">Retries</th><th>Sum</th></tr></thead><tbody>""");
        foreach (StageReport stage in run.Stages)
        {
            StageCounts c = stage.Counts;
            html.Add($"""<tr><td data-l="Stage"><span>{stage.Name}<br/><span class="soft small">{stage.Subject}</span></span></td><td class="n" data-l="In"><span>{c.In}</span></td><td class="n" data-l="Made"><span>{c.Made}</span></td>""");
            html.Add($"""<td class="n" data-l="Out"><span>{c.Out}</span></td><td class="n" data-l="Filtered"><span>{c.Filtered}</span></td><td class="n" data-l="Failed"><span>{c.Failed}</span></td><td class="n" data-l="Forwarded"><span>{c.Forwarded}</span></td>""");
            html.Add($"""<td class="n" data-l="Retries"><span>{c.Retries}</span></td>""");
            WriteCheck(stage.Check, c.Came - c.Left);
            html.Add($"</tr>");
        }
        html.Add($"</tbody></table>");
    }

    private void WriteLoads(RunReport run)
    {
        if (run.Loads.Count == 0)
            return;
        html.Add($"""<h3>Loads: received = loaded + unchanged + superseded + filtered + dead letters + errors</h3><table><thead><tr><th>Target</th><th class="n">Received</th><th class="n">Loaded</th><th class="n">Unchanged</th><th class="n">Superseded</th><th class="n">Filtered</th><th class="n">Dead letters</th><th class="n">Errors</th><th>Sum</th></tr></thead><tbody>""");
        foreach (LoadSums load in run.Loads)
        {
            html.Add($"""<tr><td data-l="Target"><span>{load.Table}<br/><span class="soft small">{load.Provider} {load.Database}</span></span></td><td class="n" data-l="Received"><span>{load.Received}</span></td><td class="n" data-l="Loaded"><span>{load.Loaded}</span></td>""");
            html.Add($"""<td class="n" data-l="Unchanged"><span>{load.Unchanged}</span></td><td class="n" data-l="Superseded"><span>{load.Superseded}</span></td><td class="n" data-l="Filtered"><span>{load.Filtered}</span></td>""");
            html.Add($"""<td class="n" data-l="Dead letters"><span>{load.DeadLettered}</span></td><td class="n" data-l="Errors"><span>{load.Errors}</span></td>""");
            WriteCheck(load.Check, load.NotCommitted);
            html.Add($"</tr>");
        }
        html.Add($"</tbody></table>");
    }

    private void WriteCheck(SumCheck check, long missing)
    {
        html.Add($"""<td data-l="Sum">""");
        if (check == SumCheck.Holds)
            html.Add($"""<span class="ok">holds</span>""");
        else if (check == SumCheck.Unfinished)
            html.Add($"""<span class="soft">{missing} in flight, not committed</span>""");
        else
            html.Add($"""<span class="badge failed">does not hold{(missing == 0 ? ": the next stage received another number" : "")}</span>""");
        html.Add($"</td>");
    }

    private void WriteOutages(RunReport run)
    {
        List<BreakerBand> bands = [.. report.BreakersOf(run)];
        if (run.Outages.Count + bands.Count == 0)
            return;
        html.Add($"""<h3>Interruptions</h3><table><thead><tr><th>What</th><th>From</th><th>To</th><th class="n">For</th><th>Cause</th></tr></thead><tbody>""");
        foreach (OutageBand outage in run.Outages)
            WriteBand($"{Words.Count(outage.Failures, "batch was", "batches were")} tried again", outage.From, outage.To, outage.Code);
        foreach (BreakerBand band in bands)
            WriteBand($"The breaker of {band.Dependency} was open", band.OpenedAt, band.ClosedAt, band.Code);
        html.Add($"</tbody></table>");
    }

    private void WriteBand(string what, DateTimeOffset from, DateTimeOffset? to, string? code) => html.Add(
        $"""<tr><td data-l="What"><span>{what}</span></td><td class="t" data-l="From"><span>{Words.Of(from)}</span></td><td class="t" data-l="To"><span>{(to is { } end ? Words.Of(end) : "not in the log")}</span></td><td class="n" data-l="For"><span>{(to is { } until ? Words.Of(until - from) : "–")}</span></td><td data-l="Cause"><span>{code ?? "–"}</span></td></tr>""");

    private static bool NeedsLook(RunReport run) => run.Outcome is RunOutcome.Failed or RunOutcome.Dropped or RunOutcome.Lost or RunOutcome.RecordsFailed;

    private static string Number(long? count) => count?.ToString("N0", CultureInfo.InvariantCulture) ?? "–";
}
