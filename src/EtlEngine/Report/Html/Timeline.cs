namespace EtlTools.Engine.Report.Html;

/// <summary>Draws runs over time, with a lane for each job. The worse the outcome of a run, the higher its bar.</summary>
internal sealed class Timeline(HtmlWriter html, ReportModel report)
{
    private const double Width = 1000;
    private const double Height = 40;

    /// <summary>The smallest width of a bar, so that a short run among long ones is visible.</summary>
    private const double MinBar = 4;

    /// <summary>With more runs, a lane shows the outcome in each of its sections instead of each run.</summary>
    private const int MaxBars = 250;

    private static readonly RunOutcome[] InOrder = Enum.GetValues<RunOutcome>();

    private DateTimeOffset _from;
    private TimeSpan _span;

    /// <summary>Draws all lanes.</summary>
    public void Write()
    {
        var ends = report.Runs.Select(run => run.EndedAt ?? run.LastSeenAt).Concat(report.Missed).ToList();
        _from = report.Runs.Select(run => run.StartedAt).Concat(report.Missed).Min();
        DateTimeOffset to = ends.Max();
        if (report.Since is { } since && since > _from)
            _from = since;
        _span = to > _from ? to - _from : TimeSpan.FromSeconds(1);
        foreach (IGrouping<string, RunReport> lane in report.Runs.GroupBy(Words.Job, StringComparer.Ordinal))
            WriteLane(lane.Key, [.. lane]);
        if (report.Missed.Count > 0)
            WriteMissed();
        html.Add($"""<div class="axis"><span>{Words.Of(_from)}</span><span class="mid">{Words.Of(_from + (_span / 2))}</span><span>{Words.Of(_from + _span)}</span></div>""");
        html.Add($"""<ul class="legend">""");
        foreach (RunOutcome outcome in InOrder.Where(outcome => report.Runs.Any(run => run.Outcome == outcome)))
            html.Add($"""<li><i class="{Words.ClassOf(outcome)}"></i>{Words.Of(outcome)}</li>""");
        if (report.Missed.Count > 0)
            html.Add($"""<li><i class="missed"></i>Missed</li>""");
        html.Add($"</ul>");
    }

    private void WriteLane(string job, List<RunReport> runs)
    {
        long wrong = runs.Count(run => HeightOf(run.Outcome) > 0.5);
        html.Add($"""<div class="lane"><div><span>{job}</span><span>{Words.Count(runs.Count, "run", "runs")}{(wrong > 0 ? $", {wrong} with failures" : "")}</span></div>""");
        html.Add($"""<svg viewBox="0 0 {Width} {Height}" height="40" preserveAspectRatio="none" role="img"><title>Runs of {job} over time</title>""");
        if (runs.Count <= MaxBars)
        {
            foreach (RunReport run in runs)
                WriteBar(X(run.StartedAt), X(run.EndedAt ?? run.LastSeenAt), run.Outcome, $"{Words.Of(run.StartedAt)}: {Words.Of(run.Outcome)}, {Words.Of(run.Elapsed)}");
        }
        else
        {
            double place = Width / MaxBars;
            foreach (IGrouping<int, RunReport> here in runs.GroupBy(run => (int)Math.Min(MaxBars - 1, X(run.StartedAt) / place)))
            {
                RunOutcome worst = here.Select(run => run.Outcome).MaxBy(HeightOf);
                WriteBar(here.Key * place, (here.Key + 1) * place, worst, $"{Words.Of(here.First().StartedAt)}: {Words.Count(here.Count(), "run", "runs")}, the worst: {Words.Of(worst)}");
            }
        }
        html.Add($"</svg></div>");
    }

    private void WriteBar(double from, double to, RunOutcome outcome, string title)
    {
        double width = Math.Max(MinBar, to - from);
        double height = Height * HeightOf(outcome);
        html.Add($"""<rect class="{Words.ClassOf(outcome)}" x="{Math.Min(from, Width - width)}" y="{Height - height}" width="{width}" height="{height}"><title>{title}</title></rect>""");
    }

    private void WriteMissed()
    {
        html.Add($"""<div class="lane"><div><span>Missed</span><span>{Words.Count(report.Missed.Count, "run", "runs")}</span></div>""");
        html.Add($"""<svg viewBox="0 0 {Width} {Height}" height="40" preserveAspectRatio="none" role="img"><title>Runs that did not begin</title>""");
        foreach (DateTimeOffset due in report.Missed)
            html.Add($"""<rect class="missed" x="{Math.Min(X(due), Width - 6) + 1}" y="4" width="5" height="32"><title>{Words.Of(due)}: no run began</title></rect>""");
        html.Add($"</svg></div>");
    }

    private double X(DateTimeOffset time) => Math.Clamp((time - _from) / _span * Width, 0, Width);

    private static double HeightOf(RunOutcome outcome) => outcome switch
    {
        RunOutcome.Failed or RunOutcome.Lost => 1,
        RunOutcome.Dropped => 0.9,
        RunOutcome.RecordsFailed => 0.75,
        RunOutcome.Running => 0.3,
        _ => 0.5,
    };
}
