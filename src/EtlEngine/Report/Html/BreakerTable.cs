namespace EtlTools.Engine.Report.Html;

/// <summary>When breakers were open.</summary>
internal sealed class BreakerTable(HtmlWriter html, ReportModel report)
{
    private const int MaxRows = 100;

    public void Write()
    {
        if (report.Breakers.Count == 0)
            return;
        html.Add($"""<section><h2>Breakers that opened</h2><table><thead><tr><th>Dependency</th><th>Opened</th><th>Closed</th><th class="n">Open for</th><th class="n">Probes</th><th>Cause</th></tr></thead><tbody>""");
        foreach (BreakerBand band in report.Breakers.TakeLast(MaxRows))
        {
            html.Add($"""<tr><td data-l="Dependency"><span>{band.Dependency}</span></td><td class="t" data-l="Opened"><span>{Words.Of(band.OpenedAt)}</span></td><td class="t" data-l="Closed"><span>{(band.ClosedAt is { } closed ? Words.Of(closed) : "not in the log")}</span></td>""");
            html.Add($"""<td class="n" data-l="Open for"><span>{(band.ClosedAt is { } end ? Words.Of(end - band.OpenedAt) : "–")}</span></td><td class="n" data-l="Probes"><span>{band.Probes}</span></td><td data-l="Cause"><span>{band.Code ?? "–"}</span></td></tr>""");
        }
        html.Add($"</tbody></table>");
        if (report.Breakers.Count > MaxRows)
            html.Add($"""<p class="soft small">{Words.Count(report.Breakers.Count - MaxRows, "earlier one is", "earlier ones are")} not shown.</p>""");
        html.Add($"</section>");
    }
}
