namespace EtlTools.Engine.Report.Html;

/// <summary>Draws the work of a run's stages over time: records per second, and how full their queues were.</summary>
internal sealed class RunChart(HtmlWriter html, ReportModel report, RunReport run)
{
    private const double Width = 1000;
    private const double RateHeight = 48;
    private const double FillHeight = 12;

    /// <summary>The largest number of steps in a drawing; more are combined.</summary>
    private const int MaxSteps = 200;

    private readonly DateTimeOffset _from = run.StartedAt;
    private readonly TimeSpan _span = run.Elapsed;

    /// <summary>Draws a chart for each stage, or says why there is none.</summary>
    public void Write()
    {
        html.Add($"<h3>Over time</h3>");
        // The first and the last sample alone would draw a meaningless bar.
        if (run.Samples.Count <= 2 || _span <= TimeSpan.Zero)
        {
            string average = _span > TimeSpan.Zero ? $" {Words.Rate(run.Read / _span.TotalSeconds)} on average." : "";
            html.Add($"""<p class="soft small">There are no counters over time: none were logged, or the run was shorter than -LogIntervalSec.{average}</p>""");
            return;
        }
        List<SampleReport> samples = Thinned();
        for (int stage = 0; stage < run.Stages.Count; stage++)
            WriteStage(stage, samples);
        html.Add($"""<div class="axis"><span>{Words.Short(_from, _span)}</span><span class="mid">{Words.Short(_from + (_span / 2), _span)}</span><span>{Words.Short(_from + _span, _span)}</span></div>""");
        html.Add($"""<p class="soft small">Above: records a second that left the stage. {(run.Stages.Any(stage => stage.Fill is not null) ? "Below: how full its queue was. " : "")}{Marks()}{Slowest()}</p>""");
    }

    private string Marks() =>
        (Bands().Any() ? "Shaded: a breaker was open or the database away. " : "") + (run.Retries > 0 || run.BatchFailures.Count > 0 ? "Marks: attempts that failed. " : "");

    private string Slowest() =>
        run.FullestStage is { } full ? $"The last full queue was that of {run.Stages[full].Name}: it, or what comes right behind it, was the slow one."
        : run.Stages.Any(stage => stage.Fill is not null) ? "No queue was full: the source was the slow one." : "";

    private void WriteStage(int place, List<SampleReport> samples)
    {
        StageReport stage = run.Stages[place];
        var rates = new List<double>();
        for (int i = 1; i < samples.Count; i++)
            rates.Add(Math.Max(0, Count(samples[i], place).Left - Count(samples[i - 1], place).Left) / (samples[i].Time - samples[i - 1].Time).TotalSeconds);
        double most = rates.Max();
        html.Add($"""<div class="chart"><div><span>{stage.Name}</span><span class="soft num">{Words.Rate(stage.Counts.Left / _span.TotalSeconds)} on average, {Words.Rate(most)} at most</span></div>""");
        html.Add($"""<svg viewBox="0 0 {Width} {RateHeight}" height="48" preserveAspectRatio="none" role="img"><title>Records a second of {stage.Name}</title>""");
        foreach ((DateTimeOffset from, DateTimeOffset to, string title) in Bands())
            html.Add($"""<rect class="band" x="{X(from)}" y="0" width="{Math.Max(1, X(to) - X(from))}" height="{RateHeight}"><title>{title}</title></rect>""");
        WriteArea("rate", samples, RateHeight, i => most > 0 ? rates[i - 1] / most : 0);
        foreach (double x in MarksOf(place, samples))
            html.Add($"""<line class="mark" x1="{x}" x2="{x}" y1="{RateHeight - 8}" y2="{RateHeight}"/>""");
        html.Add($"</svg>");
        if (stage.Fill is { } fill)
        {
            html.Add($"""<svg viewBox="0 0 {Width} {FillHeight}" height="12" preserveAspectRatio="none" role="img"><title>Queue of {stage.Name}: {Math.Round(fill * 100)} % full on average</title>""");
            WriteArea("queue", samples, FillHeight, i => QueueFill.Of(Count(samples[i], place), stage.Capacity));
            html.Add($"</svg>");
        }
        html.Add($"</div>");
    }

    private void WriteArea(string name, List<SampleReport> samples, double height, Func<int, double> valueOf)
    {
        html.Add($"""<path class="{name}" d="M{X(samples[0].Time)} {height}""");
        for (int i = 1; i < samples.Count; i++)
        {
            double y = height - (valueOf(i) * (height - 2));
            html.Add($"V{y}H{X(samples[i].Time)}");
        }
        html.Add($"""V{height}Z"/>""");
    }

    /// <summary>When attempts failed: the loader's batches by their own time, calls of other stages by the samples between which they
    /// happened.</summary>
    private IEnumerable<double> MarksOf(int place, List<SampleReport> samples)
    {
        List<BatchFailure> batches = [.. run.BatchFailures.Where(failure => failure.Stage == run.Stages[place].Name)];
        IEnumerable<double> marks = batches.Count > 0
            ? batches.Select(failure => X(failure.Time))
            : Enumerable.Range(1, samples.Count - 1)
                .Where(i => Count(samples[i], place).Retries > Count(samples[i - 1], place).Retries)
                .Select(i => (X(samples[i - 1].Time) + X(samples[i].Time)) / 2);
        return marks.Select(x => Math.Round(Math.Clamp(x, 1, Width - 1))).Distinct().Take(MaxSteps);
    }

    private IEnumerable<(DateTimeOffset From, DateTimeOffset To, string Title)> Bands()
    {
        DateTimeOffset end = _from + _span;
        foreach (OutageBand outage in run.Outages)
            yield return (outage.From, outage.To, $"The database did not take {Words.Count(outage.Failures, "batch", "batches")} ({outage.Code})");
        foreach (BreakerBand band in report.BreakersOf(run))
            yield return (band.OpenedAt, band.ClosedAt ?? end, $"The breaker of {band.Dependency} was open ({band.Code})");
    }

    private List<SampleReport> Thinned()
    {
        int step = (run.Samples.Count + MaxSteps - 1) / MaxSteps;
        return step <= 1 ? [.. run.Samples] : [.. run.Samples.Where((_, i) => i % step == 0 || i == run.Samples.Count - 1)];
    }

    private double X(DateTimeOffset time) => Math.Clamp((time - _from) / _span * Width, 0, Width);

    private static StageCounts Count(SampleReport sample, int stage) => sample.Stages[stage] ?? default;
}
