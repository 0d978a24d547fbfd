using System.Text.Json;
using EtlTools.Engine.Extract;
using EtlTools.Engine.Files;

namespace EtlTools.Engine.Report;

/// <summary>
/// Collects the runs of structured logs. Lines of several processes may be mixed, a run may be spread over several files, and a line may be
/// torn. Unreadable lines are counted and skipped.
/// </summary>
internal sealed class LogReader
{
    /// <summary>A longer line does not belong to the log.</summary>
    private const int MaxLineBytes = 16 * 1024 * 1024;

    private readonly Dictionary<string, RunBuilder> _runs = new(StringComparer.Ordinal);
    private readonly BreakerBands _breakers = new();
    private readonly List<LogFileReport> _files = [];

    /// <summary>The logs that were read.</summary>
    public IReadOnlyList<LogFileReport> Files => _files;

    /// <summary>Reads a log.</summary>
    /// <exception cref="EtlException">It cannot be read.</exception>
    public void Read(string path, CancellationToken cancellationToken)
    {
        var file = new LogFileReport(path, 0, 0, IsTorn: false);
        InputFailures.Guard(path, () => new JsonLineFile(path, MaxLineBytes, scansObjects: false).Read(
            (line, shape) =>
            {
                file = file with { Lines = file.Lines + 1 };
                if (shape.IsKept && TryTake(line))
                    return;
                file = shape.HasEnd ? file with { Unreadable = file.Unreadable + 1 } : file with { IsTorn = true };
            },
            cancellationToken));
        _files.Add(file);
    }

    /// <summary>The runs, in the order of their beginning; without dry runs.</summary>
    /// <param name="now">The time for deciding whether an unfinished run is lost.</param>
    public IReadOnlyList<RunReport> Runs(DateTimeOffset now)
    {
        IReadOnlyList<BreakerBand> breakers = Breakers;
        return [.. _runs.Values.Where(run => !run.IsDryRun).Select(run => run.Build(now, breakers)).OrderBy(run => run.StartedAt).ThenBy(run => run.Id, StringComparer.Ordinal)];
    }

    /// <summary>The periods in which breakers were open.</summary>
    public IReadOnlyList<BreakerBand> Breakers => _breakers.Build();

    private bool TryTake(ReadOnlySpan<byte> text)
    {
        try
        {
            var reader = new Utf8JsonReader(text);
            using var document = JsonDocument.ParseValue(ref reader);
            if (document.RootElement.ValueKind != JsonValueKind.Object || reader.BytesConsumed != text.Length)
                return false;
            var line = new LogLine(document.RootElement);
            if (line.Time is not { } time || line.Text("event") is not { } name)
                return false;
            if (name == "breakerChanged")
                _breakers.Add(time, line);
            else if (line.Text("runId") is { } id)
                RunOf(id).Add(time, name, line);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private RunBuilder RunOf(string id)
    {
        if (!_runs.TryGetValue(id, out RunBuilder? run))
            _runs.Add(id, run = new RunBuilder(id));
        return run;
    }
}
