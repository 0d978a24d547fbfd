using System.Globalization;
using System.Text;
using System.Text.Json;

namespace EtlTools.Engine.Tests.Report;

/// <summary>Writes lines as the structured log has them.</summary>
internal sealed class LogText
{
    public static readonly DateTimeOffset Night = new(2026, 11, 27, 1, 0, 0, TimeSpan.Zero);

    private readonly StringBuilder _text = new();

    public static string Id(int number) => $"019abcde-0000-7000-8000-{number:000000000000}";

    public LogText Began(string id, double second, string session = "s1", string job = "orders") =>
        Add(second, "runBegan", id, $$""" "sessionId":"{{session}}","intervalSec":10,"job":"{{job}}" """);

    public LogText Counters(string id, double second, params string[] stages) => Add(second, "counters", id, $"\"stages\":[{string.Join(',', stages)}]");

    public LogText BatchFailed(string id, double second, bool triedAgain = true) =>
        Add(second, "batchFailed", id, $$""" "stage":"Export-EtlSqlUpsert","records":500,"seconds":0.5,"code":"57P01","triedAgain":{{(triedAgain ? "true" : "false")}} """);

    public LogText Breaker(double second, string from, string to, string session = "s1") =>
        Add(second, "breakerChanged", null, $$""" "sessionId":"{{session}}","dependency":"db/shop","from":"{{from}}","to":"{{to}}","failuresInARow":5,"code":"57P01" """);

    public LogText Ended(string id, double second, double took, string state, bool succeeded, string stages, string loads = "", string more = "\"drained\":false") => Add(
        second, "runEnded", id,
        FormattableString.Invariant($"\"state\":\"{state}\",\"succeeded\":{(succeeded ? "true" : "false")},\"seconds\":{took},{more},\"stages\":[{stages}],\"loads\":[{loads}]"));

    public static string Stage(
        string name, long @in = 0, long made = 0, long @out = 0, long filtered = 0, long failed = 0, long forwarded = 0, long held = 0, long retries = 0,
        bool feedsNext = true, string more = "") =>
        $$"""{"stage":"{{name}}","subject":"of {{name}}","in":{{@in}},"made":{{made}},"out":{{@out}},"filtered":{{filtered}},"failed":{{failed}},"forwarded":{{forwarded}},"held":{{held}},"retries":{{retries}},"capacity":1000,"feedsNext":{{(feedsNext ? "true" : "false")}}{{more}}}""";

    public static string Load(long received, long loaded, long unchanged = 0, long superseded = 0, long deadLettered = 0, long errors = 0) =>
        $$"""{"provider":"Sqlite","database":"shop.db","table":"orders","received":{{received}},"loaded":{{loaded}},"unchanged":{{unchanged}},"superseded":{{superseded}},"filtered":0,"deadLettered":{{deadLettered}},"errors":{{errors}},"deleted":0,"batches":1,"retries":0}""";

    /// <summary>A run that did what it should: read, loaded.</summary>
    public LogText Good(int number, double second, double took, long records) => Began(Id(number), second)
        .Ended(Id(number), second + took, took, "Completed", true, $"{Stage("Import-EtlCsv", made: records, @out: records)},{Stage("Export-EtlSqlUpsert", @in: records, @out: records, feedsNext: false)}", Load(records, records), $"\"loaded\":{records},\"deadLettered\":0,\"drained\":false");

    public LogText Raw(string text)
    {
        _text.Append(text);
        return this;
    }

    public override string ToString() => _text.ToString();

    private LogText Add(double second, string name, string? id, string members)
    {
        string time = Night.AddSeconds(second).ToString("O", CultureInfo.InvariantCulture);
        string line = $$"""{"time":"{{time}}","level":"info","event":"{{name}}"{{(id is null ? "" : $",\"runId\":\"{id}\"")}},{{members.Trim()}}}""";
        using JsonDocument _ = JsonDocument.Parse(line);
        _text.Append(line).Append('\n');
        return this;
    }
}
