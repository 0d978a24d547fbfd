using System.Globalization;
using System.Text.Json;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Report;

/// <summary>A line of the structured log, or an object in it. Missing members, or members of another kind, are null.</summary>
internal readonly struct LogLine(JsonElement json)
{
    /// <summary>The members that are not tags.</summary>
    private static readonly HashSet<string> Known =
    [
        "time", "level", "event", "runId", "sessionId", "intervalSec", "stage", "subject", "state", "succeeded", "seconds", "code", "message",
    ];

    /// <summary>Parses the log's times; null for a line that does not belong to the log.</summary>
    public DateTimeOffset? Time =>
        Text("time") is { } text && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time) && IsPossible(time)
            ? time.ToUniversalTime() : null;

    /// <summary>Whether a run can have been at a time. With its duration, such a time stays in .NET's range.</summary>
    public static bool IsPossible(DateTimeOffset time) => time.Year is >= 1970 and < 9000;

    public string? Text(string name) =>
        json.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? JsonString.ReadAsWritten(value) : null;

    public long? Number(string name) =>
        json.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out long number) ? number : null;

    public double? Real(string name) =>
        json.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) ? number : null;

    public bool IsTrue(string name) => json.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.True;

    /// <summary>The objects of an array.</summary>
    public IEnumerable<LogLine> Objects(string name)
    {
        if (!json.TryGetProperty(name, out JsonElement array) || array.ValueKind != JsonValueKind.Array)
            yield break;
        foreach (JsonElement item in array.EnumerateArray())
        {
            if (item.ValueKind == JsonValueKind.Object)
                yield return new LogLine(item);
        }
    }

    /// <summary>The session's tags.</summary>
    public Dictionary<string, string> Tags()
    {
        var tags = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (JsonProperty member in json.EnumerateObject())
        {
            if (member.Value.ValueKind == JsonValueKind.String && !Known.Contains(member.Name))
                tags[member.Name] = JsonString.ReadAsWritten(member.Value);
        }
        return tags;
    }

    /// <summary>The counters of a stage.</summary>
    public StageCounts Counts() => new(Count("in"), Count("made"), Count("out"), Count("filtered"), Count("failed"), Count("forwarded"), Count("held"), Count("retries"));

    /// <summary>A stage with its counters.</summary>
    public StageReport Stage() => new()
    {
        Name = Text("stage") ?? "",
        Subject = Text("subject"),
        Counts = Counts(),
        Capacity = (int)Math.Clamp(Count("capacity"), 0, int.MaxValue),
        FeedsNext = IsTrue("feedsNext"),
        Letters = [.. Objects("letters").Select(letters =>
            new ReplayedLetters(letters.Text("file") ?? "", letters.Text("code") ?? "", letters.Text("column"), letters.Text("source"), letters.Count("records")))],
    };

    /// <summary>What a loader did.</summary>
    public LoadSums Load() => new()
    {
        Provider = Text("provider") ?? "",
        Database = Text("database") ?? "",
        Table = Text("table") ?? "",
        Received = Count("received"),
        Loaded = Count("loaded"),
        Unchanged = Count("unchanged"),
        Superseded = Count("superseded"),
        Filtered = Count("filtered"),
        DeadLettered = Count("deadLettered"),
        Errors = Count("errors"),
        Deleted = Count("deleted"),
        Batches = Count("batches"),
        Retries = Count("retries"),
    };

    private long Count(string name) => Number(name) ?? 0;
}
