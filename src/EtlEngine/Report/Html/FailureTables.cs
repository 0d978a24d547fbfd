using System.Globalization;

namespace EtlTools.Engine.Report.Html;

/// <summary>The failed records, by cause.</summary>
internal sealed class FailureTables(HtmlWriter html, ReportModel report)
{
    /// <summary>The largest number of causes shown; the objects contain all.</summary>
    private const int MaxRows = 200;

    public void Write()
    {
        if (report.LetterFiles.Count == 0)
            return;
        html.Add($"<section><h2>Failed records</h2>");
        if (report.Failures.Count == 0)
        {
            html.Add($"<p>There are no dead letters.</p></section>");
            return;
        }
        html.Add($"""<table><thead><tr><th>Code</th><th>Column</th><th>Source</th><th class="n">Records</th><th class="n">Lines</th><th>Last</th><th class="n">Replayed</th><th class="n">Loaded since</th></tr></thead><tbody>""");
        foreach (FailureReport failure in report.Failures.Take(MaxRows))
        {
            html.Add($"""<tr><td data-l="Code"><span>{failure.Code}</span></td><td data-l="Column"><span>{failure.Column ?? "–"}</span></td><td data-l="Source"><span>{failure.Source ?? "–"}</span></td>""");
            html.Add($"""<td class="n" data-l="Records"><span>{failure.Records}</span></td><td class="n" data-l="Lines"><span>{Lines(failure)}</span></td>""");
            html.Add($"""<td class="t" data-l="Last"><span>{Words.Of(failure.LastAt)}</span></td><td class="n" data-l="Replayed"><span>{Known(failure.Replayed)}</span></td><td class="n" data-l="Loaded since"><span>{Known(failure.Loaded)}</span></td></tr>""");
        }
        html.Add($"</tbody></table>");
        if (report.Failures.Count > MaxRows)
            html.Add($"""<p class="soft small">{Words.Count(report.Failures.Count - MaxRows, "more cause is", "more causes are")} not shown; -PassThru has all.</p>""");
        html.Add($"</section>");
    }

    private static string Lines(FailureReport failure) => (failure.FirstLine, failure.LastLine) switch
    {
        ({ } first, { } last) when first == last => first.ToString("N0", CultureInfo.InvariantCulture),
        ({ } first, { } last) => string.Create(CultureInfo.InvariantCulture, $"{first:N0} … {last:N0}"),
        _ => "–",
    };

    private static string Known(long? count) => count?.ToString("N0", CultureInfo.InvariantCulture) ?? "not known";
}
