using System.Globalization;
using EtlTools.Engine.Stages;

namespace EtlTools.Engine.Report;

/// <summary>Builds a run from its lines in the log, in any order and number.</summary>
internal sealed class RunBuilder(string id)
{
    /// <summary>The number of samples kept for a run; then every second one is dropped.</summary>
    private const int MaxSamples = 2000;

    /// <summary>A run without log lines for this many intervals, and for <see cref="MinSilence"/>, is lost.</summary>
    private const int LostAfterIntervals = 3;

    private static readonly TimeSpan MinSilence = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan DefaultInterval = TimeSpan.FromSeconds(10);

    private readonly List<(DateTimeOffset Time, List<StageReport> Stages)> _samples = [];
    private readonly List<StageReport> _begun = [];
    private readonly List<(DateTimeOffset Time, StageReport Stage)> _ended = [];
    private readonly List<BatchFailure> _failures = [];
    private Dictionary<string, string> _tags = [];
    private DateTimeOffset? _firstSeen;
    private DateTimeOffset _lastSeen;
    private DateTimeOffset? _startedAt;
    private TimeSpan _interval = DefaultInterval;
    private string? _session;
    private Ending? _ending;

    /// <summary>Whether the run loaded nothing because its load was only shown or declined.</summary>
    public bool IsDryRun => _ending is { IsDryRun: true };

    /// <summary>Takes a line.</summary>
    public void Add(DateTimeOffset time, string name, LogLine line)
    {
        _firstSeen = _firstSeen < time ? _firstSeen : time;
        _lastSeen = _lastSeen > time ? _lastSeen : time;
        if (_tags.Count == 0)
            _tags = line.Tags();
        switch (name)
        {
            case "runBegan":
                _startedAt = time;
                _session = line.Text("sessionId");
                _interval = line.Real("intervalSec") is > 0 and < 1e6 and var seconds ? TimeSpan.FromSeconds(seconds) : _interval;
                break;
            case "stageBegan":
                _begun.Add(line.Stage());
                break;
            case "stageEnded":
                _ended.Add((time, line.Stage()));
                break;
            case "counters":
                AddSample(time, [.. line.Objects("stages").Select(stage => stage.Stage())]);
                break;
            case "batchFailed":
                _failures.Add(new BatchFailure(
                    time, line.Text("stage") ?? "", line.Number("records") ?? 0, Seconds(line) ?? TimeSpan.Zero, line.Text("code"), line.IsTrue("triedAgain")));
                break;
            case "runEnded":
                _ending = new Ending(
                    time, line.Text("state") ?? "", line.IsTrue("succeeded"), line.IsTrue("dryRun"), Seconds(line), line.Text("code"), line.Text("message"), line.Number("loaded"),
                    line.Number("deadLettered"), [.. line.Objects("stages").Select(stage => stage.Stage())], [.. line.Objects("loads").Select(load => load.Load())]);
                break;
            default:
                break;
        }
    }

    /// <summary>The run, as far as it is known.</summary>
    /// <param name="now">The time for deciding whether it is lost.</param>
    /// <param name="breakers">The periods in which breakers were open.</param>
    public RunReport Build(DateTimeOffset now, IReadOnlyList<BreakerBand> breakers)
    {
        // The line is written a moment after the end of the run.
        DateTimeOffset startedAt = _startedAt ?? (_ending is { Took: { } took } ? _ending.Time - took : TimeOf(id) ?? _firstSeen ?? _lastSeen);
        DateTimeOffset? endedAt = _ending is null ? null : _ending.Took is { } seconds ? Max(startedAt, startedAt + seconds) : _ending.Time;
        string state = _ending?.State ?? (now - _lastSeen > Max(MinSilence, LostAfterIntervals * _interval) ? nameof(RunOutcome.Lost) : nameof(RunState.Running));
        IReadOnlyList<StageReport> stages = Sums.Check(_ending?.Stages ?? LastKnown(), state);
        IReadOnlyList<SampleReport> samples = SamplesOf(stages, startedAt, endedAt);
        stages = QueueFill.Add(stages, samples);
        return new RunReport
        {
            Id = id,
            Tags = _tags,
            SessionId = _session,
            State = state,
            Outcome = RunOutcomes.Of(state, _ending?.Succeeded ?? false),
            Succeeded = _ending?.Succeeded ?? false,
            StartedAt = startedAt,
            EndedAt = endedAt,
            LastSeenAt = Max(endedAt ?? _lastSeen, startedAt),
            ErrorCode = _ending?.Code,
            Message = _ending?.Message,
            Loaded = _ending?.Loaded,
            DeadLettered = _ending?.DeadLettered,
            Stages = stages,
            Loads = Sums.Check(_ending?.Loads ?? [], state),
            Samples = samples,
            BatchFailures = [.. _failures.OrderBy(failure => failure.Time)],
            Outages = Outages.Of(_failures, _session, breakers),
            FullestStage = QueueFill.Fullest(stages),
        };
    }

    private void AddSample(DateTimeOffset time, List<StageReport> stages)
    {
        _samples.Add((time, stages));
        if (_samples.Count <= MaxSamples)
            return;
        for (int i = 1; i < _samples.Count; i++)
            _samples.RemoveAt(i);
    }

    /// <summary>The stages of an unfinished run: from the last counters, and from stages that ended since.</summary>
    private List<StageReport> LastKnown()
    {
        (DateTimeOffset time, List<StageReport>? stages) = _samples.OrderBy(sample => sample.Time).LastOrDefault();
        List<StageReport> known = stages is { Count: > 0 } ? [.. stages] : [.. _begun];
        for (int i = 0; i < known.Count; i++)
        {
            StageReport? begun = _begun.Where(stage => stage.Name == known[i].Name).ElementAtOrDefault(known.Take(i).Count(stage => stage.Name == known[i].Name));
            known[i] = known[i] with { Subject = known[i].Subject ?? begun?.Subject };
        }
        foreach ((DateTimeOffset at, StageReport ended) in _ended.OrderBy(stage => stage.Time))
        {
            int place = known.FindIndex(stage => stage.Name == ended.Name && (stage.Subject ?? ended.Subject) == ended.Subject);
            if (place >= 0 && at >= time)
                known[place] = ended with { Subject = ended.Subject ?? known[place].Subject };
        }
        return known;
    }

    private List<SampleReport> SamplesOf(IReadOnlyList<StageReport> stages, DateTimeOffset startedAt, DateTimeOffset? endedAt)
    {
        var samples = new List<SampleReport> { new(startedAt, [.. stages.Select(_ => (StageCounts?)default(StageCounts))]) };
        foreach ((DateTimeOffset time, List<StageReport> counted) in _samples.OrderBy(sample => sample.Time))
        {
            if (time > samples[^1].Time && (endedAt is null || time < endedAt))
                samples.Add(new SampleReport(time, Align(counted, stages)));
        }
        if (endedAt is { } end && end > samples[^1].Time)
            samples.Add(new SampleReport(end, [.. stages.Select(stage => (StageCounts?)(stage.Counts with { Held = 0 }))]));
        return samples;
    }

    /// <summary>Matches the stages of a sample with those of the run. Only the first ones may be missing, because a source starts
    /// last.</summary>
    private static StageCounts?[] Align(List<StageReport> counted, IReadOnlyList<StageReport> stages)
    {
        var aligned = new StageCounts?[stages.Count];
        int next = counted.Count - 1;
        for (int i = stages.Count - 1; i >= 0 && next >= 0; i--)
        {
            if (counted[next].Name == stages[i].Name)
                aligned[i] = counted[next--].Counts;
        }
        return aligned;
    }

    /// <summary>The time in a run's id: its first 48 bits are milliseconds.</summary>
    private static DateTimeOffset? TimeOf(string id) =>
        Guid.TryParse(id, out Guid guid) && guid.Version == 7
        && long.TryParse(guid.ToString("N").AsSpan(0, 12), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out long milliseconds)
        && milliseconds <= DateTimeOffset.MaxValue.ToUnixTimeMilliseconds() && DateTimeOffset.FromUnixTimeMilliseconds(milliseconds) is var time && LogLine.IsPossible(time)
            ? time
            : null;

    private static TimeSpan? Seconds(LogLine line) => line.Real("seconds") is >= 0 and < 1e9 and var seconds ? TimeSpan.FromSeconds(seconds) : null;

    private static DateTimeOffset Max(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;

    private static TimeSpan Max(TimeSpan one, TimeSpan other) => one > other ? one : other;

    private sealed record Ending(
        DateTimeOffset Time, string State, bool Succeeded, bool IsDryRun, TimeSpan? Took, string? Code, string? Message, long? Loaded, long? DeadLettered,
        IReadOnlyList<StageReport> Stages, IReadOnlyList<LoadSums> Loads);
}
