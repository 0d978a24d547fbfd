using System.Collections.ObjectModel;
using EtlTools.Engine.DeadLetters;
using EtlTools.Engine.Load;
using EtlTools.Engine.Partitions;
using EtlTools.Engine.Records;
using EtlTools.Engine.Telemetry;

namespace EtlTools.Engine.Stages;

/// <summary>One run of a pipeline: its id, the counters of all its stages in pipeline order, and its shutdown.</summary>
internal sealed class EtlRun : IDisposable
{
    private readonly Lock _lock = new();
    private readonly List<Entry> _stages = [];
    private readonly List<DeadLetterWriter> _deadLetters = [];
    private readonly List<LoadSummary> _loads = [];
    private readonly List<Watermark> _resumedFrom = [];
    private readonly List<DatabaseReading> _readings = [];
    private bool _isLoadSkipped;

    /// <summary>Starts a run.</summary>
    public EtlRun(TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(time);
        Time = time;
        StartedAt = time.GetUtcNow();
        Id = Guid.CreateVersion7(StartedAt);
        Shutdown = new RunShutdown(time);
    }

    /// <summary>The run's id; ids sort by start time.</summary>
    public Guid Id { get; }

    /// <summary>When the run began, in UTC.</summary>
    public DateTimeOffset StartedAt { get; }

    /// <summary>The thread of the pipeline that made it, on which it must also end.</summary>
    public int ThreadId { get; } = Environment.CurrentManagedThreadId;

    /// <summary>The run's clock.</summary>
    public TimeProvider Time { get; }

    /// <summary>How the run is ended early.</summary>
    public RunShutdown Shutdown { get; }

    /// <summary>The redactor for texts that leave the run.</summary>
    public Redactor Redactor { get; init; } = Redactor.Standard;

    /// <summary>The listener to the run's events.</summary>
    public IRunEvents Events { get; init; } = RunEvents.None;

    /// <summary>The user's tags for this work, for metrics and logs; without secrets.</summary>
    public IReadOnlyDictionary<string, string> Tags
    {
        get;
        init
        {
            field = value;
            TagText = string.Join(',', value.Select(tag => $"{tag.Key}={tag.Value}"));
        }
    } = ReadOnlyDictionary<string, string>.Empty;

    internal string TagText { get; private init; } = "";

    /// <summary>How the run ended; null while it is active.</summary>
    public RunEnding? Ending { get; private set; }

    /// <summary>When it ended, in UTC; null while it is active.</summary>
    public DateTimeOffset? EndedAt { get; private set; }

    /// <summary>Records that the run's loaders have committed, once they are gone; null without a loader.</summary>
    public long? Loaded { get; private set; }

    /// <summary>Failed records that they have written to a dead letter; null without a loader.</summary>
    public long? DeadLettered { get; private set; }

    /// <summary>What each of its loaders has done, after it was disposed.</summary>
    public IReadOnlyList<LoadSummary> Loads
    {
        get
        {
            lock (_lock)
                return [.. _loads];
        }
    }

    /// <summary>Whether a load was only shown (-WhatIf) or declined, and there was no other. Such a run says nothing about the state of a
    /// target, so metrics and reports leave it out. Known when the loaders are gone.</summary>
    public bool IsDryRun => _isLoadSkipped && Loads.Count == 0;

    /// <summary>True if a later command wanted no more records; the sums are then not checked.</summary>
    public bool StoppedEarly { get; private set; }

    /// <summary>The stage that lets records leave in another order; null if all keep it. Positions then run backwards, so a watermark
    /// cannot say what has been loaded.</summary>
    public string? UnorderedStage { get; private set; }

    /// <summary>Why the records are not everything that the sources have, as a clause; null if nothing is known to be missing. Drains and
    /// commands that want no more records are known otherwise.</summary>
    public string? MissedPart { get; private set; }

    /// <summary>Whether something is missing other than the records before the start position.</summary>
    public bool HasMissed { get; private set; }

    /// <summary>The selection by which a stage leaves out records that other processes load; null for none.</summary>
    public RecordSelection? Selection { get; private set; }

    /// <summary>The counters of the stages that have started, in pipeline order. A command that an enclosing function runs repeatedly has
    /// one entry.</summary>
    public IReadOnlyList<StageCounters> Stages
    {
        get
        {
            lock (_lock)
                return [.. _stages.OrderBy(stage => stage.Depth).Reverse().Select(stage => stage.Counters)];
        }
    }

    /// <summary>Adds a stage.</summary>
    /// <param name="counters">Its counters.</param>
    /// <param name="depth">How many stages of the run come after it.</param>
    /// <param name="feedsNext">Whether the next command is the next stage, so that everything it sends must arrive there.</param>
    public void Add(StageCounters counters, int depth, bool feedsNext)
    {
        counters.FeedsNext = feedsNext;
        lock (_lock)
            _stages.Add(new Entry(counters, depth, feedsNext));
        Events.StageBegan(this, counters);
    }

    /// <summary>The databases that sources of the run read, or have read.</summary>
    public IReadOnlyList<DatabaseReading> Readings
    {
        get
        {
            lock (_lock)
                return [.. _readings];
        }
    }

    /// <summary>Adds a database that a source of the run reads.</summary>
    public void Add(DatabaseReading reading)
    {
        lock (_lock)
            _readings.Add(reading);
    }

    /// <summary>Adds a dead letter that a stage of the run writes to.</summary>
    public void Add(DeadLetterWriter letters)
    {
        lock (_lock)
            _deadLetters.Add(letters);
    }

    /// <summary>Flushes the dead letters of all stages to the disk, because a watermark is about to pass their records. Any
    /// thread.</summary>
    /// <exception cref="EtlException">A dead letter cannot be written.</exception>
    public void FlushDeadLetters()
    {
        DeadLetterWriter[] all;
        lock (_lock)
            all = [.. _deadLetters];
        foreach (DeadLetterWriter letters in all)
            letters.Flush();
    }

    /// <summary>A loader of the run is disposed.</summary>
    internal void AddLoad(LoadSummary load)
    {
        lock (_lock)
        {
            _loads.Add(load);
            Loaded = (Loaded ?? 0) + load.Loaded;
            DeadLettered = (DeadLettered ?? 0) + load.DeadLettered;
        }
    }

    /// <summary>A loader of the run loads nothing: the load is only shown, or was declined.</summary>
    public void SkipLoad() => _isLoadSkipped = true;

    /// <summary>The run has ended.</summary>
    public void Finish(RunEnding ending)
    {
        EndedAt = Time.GetUtcNow();
        Ending = ending;
    }

    /// <inheritdoc/>
    public void Dispose() => Shutdown.Dispose();

    /// <summary>A stage gives up the order of its records.</summary>
    public void GiveUpOrder(string stage) => UnorderedStage ??= stage;

    /// <summary>A stage leaves out records that other processes load.</summary>
    /// <exception cref="EtlException">Another stage does so already.</exception>
    public void Select(RecordSelection selection) => Selection = Selection is null ? selection : throw new EtlException(
        FailureCodes.InvalidParameter, FailureKind.InvalidCall, "Select-EtlPartition with -Key is in the pipeline twice. Leave one out.");

    /// <summary>The watermarks that sources of the run continue from.</summary>
    public IReadOnlyList<Watermark> ResumedFrom
    {
        get
        {
            lock (_lock)
                return [.. _resumedFrom];
        }
    }

    /// <summary>A source does not start at its beginning.</summary>
    /// <param name="mark">The watermark from which it continues; null if it is another position.</param>
    public void ResumeFrom(Watermark? mark)
    {
        lock (_lock)
        {
            if (mark is not null)
                _resumedFrom.Add(mark);
        }
        GoOn("a source of the pipeline continues from a watermark (-ResumeFrom)");
    }

    /// <summary>A part of the source does not reach the run's loaders.</summary>
    /// <param name="why">A clause.</param>
    public void MissPart(string why)
    {
        HasMissed = true;
        MissedPart ??= why;
    }

    /// <summary>A source is not read from its beginning.</summary>
    /// <param name="why">A clause.</param>
    public void GoOn(string why) => MissedPart ??= why;

    /// <summary>Whether a stage in front of this one has not end.</summary>
    public bool HasUnendedStageBefore(StageCounters stage)
    {
        lock (_lock)
        {
            Entry? own = _stages.Find(entry => ReferenceEquals(entry.Counters, stage));
            return own is not null && _stages.Exists(entry => entry.Depth > own.Depth && !entry.HasEnded);
        }
    }

    /// <summary>A later command wants no more records.</summary>
    public void StopEarly() => StoppedEarly = true;

    /// <summary>A stage has written all its output.</summary>
    public void End(StageCounters counters)
    {
        lock (_lock)
        {
            Entry? ended = _stages.Find(stage => ReferenceEquals(stage.Counters, counters));
            if (ended is null)
                return;
            ended.HasEnded = true;
            // An unbalanced stage keeps its own entry, so that it can be reported at the end.
            if (counters.Balanced && _stages.Find(stage => stage.IsRunOf(ended)) is { } earlier)
            {
                earlier.Add(ended);
                _stages.Remove(ended);
            }
        }
        // Outside the lock, because the listener has its own locks, and holds them while it reads the stages.
        Events.StageEnded(this, counters);
    }

    /// <summary>Checks the sums of a run whose last stage has ended. Earlier stages have ended before it, unless a command in between
    /// wanted no more records; then the run has stopped early.</summary>
    /// <returns>The sum that does not hold, or null.</returns>
    public string? FindImbalance()
    {
        lock (_lock)
        {
            StoppedEarly |= _stages.Any(stage => !stage.HasEnded);
            if (StoppedEarly)
                return null;
            foreach (Entry stage in _stages)
            {
                StageCounters c = stage.Counters;
                if (!c.Balanced)
                    return $"{c.Name}: in {c.In} + made {c.Made} is not out {c.Out} + filtered {c.Filtered} + failed {c.Failed} + forwarded {c.Forwarded}.";
                // Two stages at the same place are one command that an enclosing function ran several times.
                var next = _stages.Where(other => other.Depth == stage.Depth - 1).ToList();
                if (!stage.FeedsNext || stage.Times > 1 || next.Count != 1 || next[0].Times > 1 || _stages.Count(other => other.Depth == stage.Depth) != 1)
                    continue;
                long sent = c.Out + c.Failed + c.Forwarded;
                if (sent != next[0].Counters.In)
                    return $"{c.Name} sent {sent} records, {next[0].Counters.Name} received {next[0].Counters.In}.";
            }
        }
        return null;
    }

    private sealed class Entry(StageCounters counters, int depth, bool feedsNext)
    {
        public StageCounters Counters { get; private set; } = counters;

        public int Depth => depth;

        public bool FeedsNext => feedsNext;

        public bool HasEnded { get; set; }

        /// <summary>How many runs of the command it represents.</summary>
        public int Times { get; private set; } = 1;

        public bool IsRunOf(Entry later) =>
            this != later && HasEnded && depth == later.Depth && feedsNext == later.FeedsNext && Counters.Name == later.Counters.Name && Counters.Balanced;

        public void Add(Entry later)
        {
            Times += later.Times;
            Counters = Counters.Plus(later.Counters);
        }
    }
}
