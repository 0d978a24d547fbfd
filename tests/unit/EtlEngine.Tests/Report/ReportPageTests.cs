using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using EtlTools.Engine.Report;
using EtlTools.Engine.Report.Html;
using EtlTools.Engine.Tests.Load;
using Microsoft.Extensions.Time.Testing;

namespace EtlTools.Engine.Tests.Report;

public sealed partial class ReportPageTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Write_TextThatIsMarkup_IsText()
    {
        const string Markup = "\"'><script>alert(1)</script><img src=x onerror=y>&amp;";
        ReportModel report = Report(new LogText().Good(1, 0, 5, 10));
        RunReport run = report.Runs[0];
        string page = ReportPage.Write(
            report with
            {
                Runs = [run with { Id = Markup, ErrorCode = Markup, Message = Markup, Tags = new Dictionary<string, string> { ["job"] = Markup }, Stages = [.. run.Stages.Select(stage => stage with { Name = Markup, Subject = Markup })] }],
                Failures = [new FailureReport { Code = Markup, Column = Markup, Source = Markup, Records = 1 }],
                LetterFiles = [new LetterFileReport(Markup, 1, 0, 0, IsTorn: false)],
                Watermarks = [new WatermarkReport { Name = Markup, Source = Markup, LagNote = Markup }],
                Breakers = [new BreakerBand(Markup, null, LogText.Night, null, 1, Markup)],
            },
            Markup);
        XElement root = Parse(page);
        Assert.DoesNotContain(root.Descendants(), element => element.Name.LocalName is "script" or "img");
        Assert.Equal(Markup, root.Descendants("h1").Single().Value);
        Assert.Contains(root.Descendants("span"), span => span.Value == Markup);
    }

    [Fact]
    public void Write_AnyReport_AsksNothingOfAnybody()
    {
        string page = ReportPage.Write(Night(500), "Loads");
        foreach (string outside in new[] { "<script", "<link", "<iframe", "http:", "https:", "//", "src=", "url(", "@import", "javascript:" })
            Assert.DoesNotContain(outside, page, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Write_ManyRuns_IsSmallEnoughToBeSentAndLeadsOnlyWhereSomethingIs()
    {
        ReportModel report = Night(500);
        string page = ReportPage.Write(report, "Loads");
        Assert.InRange(page.Length, 50_000, 800_000);
        XElement root = Parse(page);
        var ids = root.Descendants().Attributes("id").Select(id => id.Value).ToList();
        Assert.Equal(ids.Count, ids.Distinct().Count());
        string[] links = [.. root.Descendants("a").Attributes("href").Select(link => link.Value[1..])];
        Assert.Equal(40, links.Length);
        Assert.All(links, link => Assert.Contains(link, ids));
        // Each run with failures is among those of which all is shown.
        Assert.All(report.Runs.Where(run => run.Outcome == RunOutcome.Failed), run => Assert.Contains("r-" + run.Id, ids));
    }

    [Fact]
    public void Write_Numbers_AreThoseOfTheRuns()
    {
        ReportModel report = Night(7);
        XElement root = Parse(ReportPage.Write(report, "Loads"));
        long[] tiles = [.. root.Descendants("div").Where(tile => (string?)tile.Attribute("class") == "tile" && tile.Element("span")!.Value == "records loaded").Select(tile => Number(tile.Element("b")!.Value))];
        Assert.Equal([report.Runs.Sum(run => run.Loaded ?? 0)], tiles);
        foreach (RunReport run in report.Runs)
        {
            XElement details = root.Descendants("details").Single(one => (string?)one.Attribute("id") == "r-" + run.Id);
            foreach ((XElement row, StageReport stage) in details.Descendants("table").First().Element("tbody")!.Elements("tr").Zip(run.Stages))
            {
                StageCounts c = stage.Counts;
                Assert.Equal(
                    [c.In, c.Made, c.Out, c.Filtered, c.Failed, c.Forwarded, c.Retries],
                    row.Elements("td").Where(cell => (string?)cell.Attribute("class") == "n").Select(cell => Number(cell.Value)));
            }
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Css_TextOnItsBackground_HasAContrastOfAtLeast45(int theme)
    {
        string block = Themes().Matches(ReportStyle.Css)[theme].Groups[1].Value;
        Dictionary<string, double> colours = Colours().Matches(block).ToDictionary(colour => colour.Groups[1].Value, colour => Luminance(colour.Groups[2].Value));
        foreach (string text in new[] { "text", "soft", "link", "ok", "drained", "early", "some", "failed", "dropped", "running", "lost" })
        {
            foreach (string background in new[] { "bg", "card" })
            {
                double contrast = (Math.Max(colours[text], colours[background]) + 0.05) / (Math.Min(colours[text], colours[background]) + 0.05);
                Assert.True(contrast >= 4.5, $"{text} on {background}: {contrast}");
            }
        }
    }

    [Fact]
    public void Write_NothingToShow_SaysSo()
    {
        XElement root = Parse(ReportPage.Write(Report(new LogText()), "Loads"));
        Assert.Contains("There are no runs to show.", root.Value, StringComparison.Ordinal);
        Assert.Empty(root.Descendants("svg"));
    }

    internal static LogText NightLog(int runs)
    {
        var log = new LogText();
        for (int i = 0; i < runs; i++)
        {
            if (i % 25 != 3)
            {
                log.Good(i, i * 60, 20 + (i % 7), 10_000 + i);
                continue;
            }
            string id = LogText.Id(i);
            log.Began(id, i * 60).Counters(id, (i * 60) + 10, LogText.Stage("Import-EtlCsv", made: 5000, @out: 4000, held: 1000), LogText.Stage("Export-EtlSqlUpsert", @in: 4000, @out: 3000, held: 900, retries: 1, feedsNext: false))
                .BatchFailed(id, (i * 60) + 12).Breaker((i * 60) + 12, "Closed", "Open").BatchFailed(id, (i * 60) + 20, triedAgain: false)
                .Ended(
                    id, (i * 60) + 20, 20, "Failed", false, $"{LogText.Stage("Import-EtlCsv", made: 5000, @out: 4000)},{LogText.Stage("Export-EtlSqlUpsert", @in: 4000, @out: 3000, retries: 2, feedsNext: false)}",
                    LogText.Load(4000, 3000), "\"code\":\"OutageBudgetSpent\",\"message\":\"The database was away for longer than the budget.\",\"loaded\":3000,\"deadLettered\":0,\"drained\":false")
                .Breaker((i * 60) + 40, "Open", "Closed");
        }
        return log;
    }

    private ReportModel Night(int runs) => Report(NightLog(runs));

    private ReportModel Report(LogText log)
    {
        File.WriteAllText(_folder.File("etl.jsonl"), log.ToString());
        return ReportBuilder.Build(new ReportOptions { LogPaths = [_folder.File("etl.jsonl")] }, new FakeTimeProvider(LogText.Night.AddDays(1)), TestContext.Current.CancellationToken);
    }

    private static XElement Parse(string page) => XDocument.Parse(page[page.IndexOf("<html", StringComparison.Ordinal)..]).Root!;

    private static long Number(string text) => long.Parse(text, NumberStyles.AllowThousands, CultureInfo.InvariantCulture);

    private static double Luminance(string colour)
    {
        double Part(int at)
        {
            double part = int.Parse(colour.AsSpan(at, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture) / 255.0;
            return part <= 0.03928 ? part / 12.92 : Math.Pow((part + 0.055) / 1.055, 2.4);
        }
        return (0.2126 * Part(0)) + (0.7152 * Part(2)) + (0.0722 * Part(4));
    }

    [GeneratedRegex(@":root\{(.*?)\}", RegexOptions.Singleline)]
    private static partial Regex Themes();

    [GeneratedRegex("--([a-z]+):#([0-9a-f]{6})")]
    private static partial Regex Colours();
}
