using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using EtlTools.Engine.Report;
using EtlTools.Engine.Report.Html;
using EtlTools.Engine.Tests.Load;
using Microsoft.Extensions.Time.Testing;

namespace EtlTools.Engine.Tests.Report;

/// <summary>Pages in a real browser: nothing overlaps, nothing is cut off, every text is large enough.</summary>
public sealed class ReportBrowserTests : IDisposable
{
    /// <summary>Opens all that can be opened, and looks where the browser has put each text.</summary>
    private const string Inspection = """
        <script>
        for (const details of document.querySelectorAll('details')) details.open = true;
        const texts = [], width = document.documentElement.clientWidth;
        const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
        const small = [], cut = [];
        while (walker.nextNode()) {
          const node = walker.currentNode, parent = node.parentElement;
          if (!node.data.trim() || parent.closest('svg, script, style')) continue;
          const style = getComputedStyle(parent);
          if (style.visibility === 'hidden' || parent.closest('thead') && getComputedStyle(parent.closest('thead')).position === 'absolute') continue;
          if (parseFloat(style.fontSize) < 12) small.push(node.data);
          const range = document.createRange(); range.selectNodeContents(node);
          for (const box of range.getClientRects()) {
            if (box.width < 1 || box.height < 1) continue;
            if (box.left < -1 || box.right > width + 1) cut.push(node.data);
            texts.push({ text: node.data, node, left: box.left, right: box.right, top: box.top, bottom: box.bottom });
          }
        }
        texts.sort((one, other) => one.top - other.top);
        const overlaps = [];
        for (let i = 0; i < texts.length; i++)
          for (let j = i + 1; j < texts.length && texts[j].top < texts[i].bottom - 3; j++) {
            const one = texts[i], other = texts[j];
            if (one.node !== other.node && Math.min(one.right, other.right) - Math.max(one.left, other.left) > 2) overlaps.push(one.text + ' / ' + other.text);
          }
        const found = { width: window.innerWidth, scroll: document.documentElement.scrollWidth, texts: texts.length, drawings: document.querySelectorAll('svg').length, small, cut, overlaps: overlaps.slice(0, 10) };
        document.body.innerHTML = ''; document.body.dataset.found = JSON.stringify(found);
        </script>
        """;

    private readonly TempFolder _folder = new();

    public static TheoryData<string, int, int> Cases { get; } = Make();

    private static string? Browser { get; } = new[] { "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome" }.FirstOrDefault(File.Exists);

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Cases))]
    public void Page_InABrowser_HasNoTextThatOverlapsOrIsCutOff(string name, int width, int minTexts)
    {
        Assert.SkipWhen(Browser is null, "Needs chromium.");
        using JsonDocument found = Inspect(ReportPage.Write(Report(name), $"Loads: {name}"), width);
        JsonElement seen = found.RootElement;
        string all = seen.GetRawText();
        Assert.True(seen.GetProperty("width").GetInt32() == width, all);
        Assert.True(seen.GetProperty("scroll").GetInt32() <= width, all);
        Assert.True(seen.GetProperty("texts").GetInt32() >= minTexts, all);
        foreach (string wrong in new[] { "small", "cut", "overlaps" })
            Assert.True(seen.GetProperty(wrong).GetArrayLength() == 0, all);
    }

    [Fact]
    public void Inspection_OfAPageThatIsBroken_FindsWhatIsWrong()
    {
        Assert.SkipWhen(Browser is null, "Needs chromium.");
        string page = ReportPage.Write(Report("one run"), "Loads");
        const string Broken = ".lead{margin-bottom:-60px}.tile span{font-size:10px}h1{white-space:nowrap;font-size:300px}</style>";
        using JsonDocument found = Inspect(page.Replace("</style>", Broken, StringComparison.Ordinal), 390);
        foreach (string wrong in new[] { "small", "cut", "overlaps" })
            Assert.True(found.RootElement.GetProperty(wrong).GetArrayLength() > 0, found.RootElement.GetRawText());
        Assert.True(found.RootElement.GetProperty("scroll").GetInt32() > 390, found.RootElement.GetRawText());
    }

    private static TheoryData<string, int, int> Make()
    {
        var cases = new TheoryData<string, int, int>();
        foreach (int width in new[] { 1280, 390 })
        {
            cases.Add("one run", width, 30);
            cases.Add("500 runs", width, 4000);
            cases.Add("a failed night", width, 100);
            cases.Add("an empty log", width, 5);
            cases.Add("a torn log", width, 30);
            cases.Add("two processes", width, 60);
        }
        return cases;
    }

    private ReportModel Report(string name)
    {
        LogText log = name switch
        {
            "one run" => new LogText().Good(1, 0, 65, 123_456_789),
            "500 runs" => ReportPageTests.NightLog(500),
            "a failed night" => ReportPageTests.NightLog(4),
            "an empty log" => new LogText(),
            "a torn log" => new LogText().Good(1, 0, 65, 1234).Began(LogText.Id(2), 100).Counters(LogText.Id(2), 110, LogText.Stage("Import-EtlCsv", made: 50, @out: 40, held: 10)).Raw("{\"time\":\"2026-"),
            _ => new LogText().Began(LogText.Id(1), 0).Began(LogText.Id(2), 1, "s2", "stock-of-all-stores-with-a-name-that-is-long").Breaker(3, "Closed", "Open", "s2").Breaker(5, "Open", "Closed", "s2")
                .Ended(LogText.Id(2), 7, 6, "Drained", true, LogText.Stage("Import-EtlCsv", made: 50, @out: 50, feedsNext: false)).Ended(LogText.Id(1), 9, 9, "Dropped", false, LogText.Stage("Import-EtlCsv", made: 50, @out: 40)),
        };
        File.WriteAllText(_folder.File("etl.jsonl"), log.ToString());
        var options = new ReportOptions { LogPaths = [_folder.File("etl.jsonl")], Every = name == "a failed night" ? TimeSpan.FromSeconds(45) : null };
        ReportModel report = ReportBuilder.Build(options, new FakeTimeProvider(LogText.Night.AddDays(1)), TestContext.Current.CancellationToken);
        return name != "a failed night" ? report : report with
        {
            Missed = [.. report.Missed.Take(5)],
            LetterFiles = [new LetterFileReport("/var/lib/etl/orders.dead.jsonl", 12, 3, 1, IsTorn: true)],
            Failures = [.. Enumerable.Range(1, 12).Select(i => new FailureReport { Code = "ConversionFailed", Column = "a_column_with_quite_a_long_name_" + i.ToString(CultureInfo.InvariantCulture), Source = "/var/lib/etl/incoming/2026/11/27/orders-of-the-northern-region-and-all-its-stores.csv", Records = 1_234_567_890, FirstLine = 1, LastLine = 987_654_321, FirstAt = LogText.Night, LastAt = LogText.Night, Replayed = 100, Loaded = null })],
            Watermarks = [new WatermarkReport { Name = "orders", Source = "/var/lib/etl/incoming/2026/11/27/orders-of-the-northern-region-and-all-its-stores.csv", Line = 1234, Row = 1233, ByteOffset = 123_456_789_012, UpdatedAt = LogText.Night, Age = TimeSpan.FromHours(30), LagBytes = 1234, LagLines = 12 }],
        };
    }

    private JsonDocument Inspect(string page, int width)
    {
        File.WriteAllText(_folder.File("page.html"), page.Replace("</body>", Inspection + "</body>", StringComparison.Ordinal));
        // A window cannot be as narrow as a telephone, a frame can.
        string frame = _folder.File("frame.html");
        File.WriteAllText(frame, $"<!DOCTYPE html><body style=\"margin:0\"><iframe src=\"page.html\" width=\"{width}\" height=\"3000\" style=\"border:0\" onload=\"document.body.dataset.found=this.contentDocument.body.dataset.found\"></iframe>");
        return JsonDocument.Parse(Look(frame));
    }

    /// <summary>What the inspection has found, of a page that has run in the browser.</summary>
    private string Look(string path)
    {
        string[] arguments =
        [
            "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--allow-file-access-from-files", "--virtual-time-budget=20000", "--window-size=1400,900",
            $"--user-data-dir={_folder.File("browser")}", "--dump-dom", $"file://{path}",
        ];
        using Process browser = Process.Start(new ProcessStartInfo(Browser!, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> errors = browser.StandardError.ReadToEndAsync();
        string shown = browser.StandardOutput.ReadToEnd();
        browser.WaitForExit();
        const string Mark = "data-found=\"";
        int begin = shown.IndexOf(Mark, StringComparison.Ordinal);
        Assert.True(begin >= 0, $"{shown}\n{errors.GetAwaiter().GetResult()}");
        begin += Mark.Length;
        return System.Net.WebUtility.HtmlDecode(shown[begin..shown.IndexOf('"', begin)]);
    }
}
