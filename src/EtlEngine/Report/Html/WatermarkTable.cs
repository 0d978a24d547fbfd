using System.Globalization;

namespace EtlTools.Engine.Report.Html;

/// <summary>How far sources are loaded.</summary>
internal sealed class WatermarkTable(HtmlWriter html, ReportModel report)
{
    public void Write()
    {
        if (report.Watermarks is not { } marks)
            return;
        html.Add($"<section><h2>Watermarks</h2>");
        if (marks.Count == 0)
        {
            html.Add($"<p>There are no watermarks in the database.</p></section>");
            return;
        }
        html.Add($"""<table><thead><tr><th>Name</th><th>Source</th><th class="n">Row</th><th class="n">Line</th><th class="n">Byte offset</th><th class="n">Age</th><th>Behind the source</th></tr></thead><tbody>""");
        foreach (WatermarkReport mark in marks)
        {
            html.Add($"""<tr><td data-l="Name"><span>{mark.Name}</span></td><td data-l="Source"><span>{mark.Source}</span></td><td class="n" data-l="Row"><span>{mark.Row}</span></td>""");
            html.Add($"""<td class="n" data-l="Line"><span>{(mark.Line > 0 ? mark.Line.ToString("N0", CultureInfo.InvariantCulture) : "–")}</span></td><td class="n" data-l="Byte offset"><span>{mark.ByteOffset}</span></td>""");
            html.Add($"""<td class="n" data-l="Age"><span>{Words.Of(mark.Age)}</span></td><td data-l="Behind the source"><span>{Lag(mark)}</span></td></tr>""");
        }
        html.Add($"</tbody></table></section>");
    }

    private static string Lag(WatermarkReport mark) => mark switch
    {
        { LagBytes: 0 } => "nothing",
        { LagBytes: { } bytes, LagLines: { } lines } => $"{Words.Count(lines, "line", "lines")}, {Words.Bytes(bytes)}",
        { LagBytes: { } bytes } => Words.Bytes(bytes),
        _ => $"not known: {mark.LagNote}",
    };
}
