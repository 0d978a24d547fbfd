using EtlTools.Engine.DeadLetters;
using EtlTools.Engine.Extract;

namespace EtlTools.Engine.Report;

/// <summary>
/// Counts failed records by cause, each letter once. The log shows what was replayed since, and the attempts in later letters show what
/// failed again.
/// </summary>
internal sealed class LetterReader(DateTimeOffset? since, DateTimeOffset? until)
{
    private const string ApiCalls = "Invoke-EtlApi";

    private readonly HashSet<UInt128> _seen = [];
    private readonly Dictionary<Cause, FailureReport> _groups = [];
    private readonly Dictionary<Cause, HashSet<string>> _groupFiles = [];
    private readonly Dictionary<(string? Source, long? Row), List<(long Attempts, Cause Cause)>> _retriedRecords = [];
    private readonly List<DeadLetterHead> _retried = [];
    private readonly List<LetterFileReport> _files = [];

    /// <summary>The files that were read.</summary>
    public IReadOnlyList<LetterFileReport> Files => _files;

    /// <summary>Reads files.</summary>
    /// <exception cref="EtlException">One cannot be read.</exception>
    public void Read(IReadOnlyList<string> paths, CancellationToken cancellationToken)
    {
        foreach (string path in paths)
            ReadHeads(path, head => { if (head.Attempts > 1) _retriedRecords.TryAdd((head.Source, head.Row), []); }, cancellationToken);
        foreach (string path in paths)
            _files.Add(Count(path, cancellationToken));
    }

    /// <summary>The causes, the most frequent first.</summary>
    /// <param name="runs">The runs, of which some may have replayed letters; null if no log was read.</param>
    public IReadOnlyList<FailureReport> Build(IReadOnlyList<RunReport>? runs)
    {
        ILookup<string, Retried> retried = _retried.ToLookup(head => head.RunId, head => new Retried(CauseOf(head), CauseBefore(head)));
        // A record that failed again for the same cause is still one record.
        Dictionary<Cause, int> again = retried.SelectMany(run => run).Where(one => one.Cause == one.Before).GroupBy(one => one.Cause).ToDictionary(group => group.Key, group => group.Count());
        IEnumerable<FailureReport> failures = _groups
            .Select(group => (Cause: group.Key, Report: group.Value with { Records = group.Value.Records - again.GetValueOrDefault(group.Key) }))
            .Select(group => runs is null ? group.Report : WithReplays(group.Cause, group.Report, runs, retried));
        return [.. failures.OrderByDescending(failure => failure.Records).ThenBy(failure => failure.Code, StringComparer.Ordinal).ThenBy(failure => failure.Source, StringComparer.Ordinal)];
    }

    private LetterFileReport Count(string path, CancellationToken cancellationToken)
    {
        long letters = 0;
        long repeated = 0;
        (long unreadable, bool isTorn) = ReadHeads(
            path,
            head =>
            {
                if (!_seen.Add(head.Id))
                {
                    repeated++;
                }
                else if (!(head.Time < since) && !(head.Time > until))
                {
                    letters++;
                    Add(head, path);
                }
            },
            cancellationToken);
        return new LetterFileReport(path, letters, repeated, unreadable, isTorn);
    }

    private static (long Unreadable, bool IsTorn) ReadHeads(string path, Action<DeadLetterHead> take, CancellationToken cancellationToken)
    {
        (long, bool) counts = default;
        InputFailures.Guard(path, () => counts = DeadLetterHead.ReadAll(path, take, cancellationToken));
        return counts;
    }

    private void Add(DeadLetterHead head, string path)
    {
        Cause cause = CauseOf(head);
        FailureReport group = _groups.GetValueOrDefault(cause)
            ?? new FailureReport { Code = head.Code, Column = head.Column, Source = head.Source, FirstAt = head.Time, LastAt = head.Time };
        _groups[cause] = group with
        {
            Records = group.Records + 1,
            FirstLine = Least(group.FirstLine, head.Line),
            LastLine = head.Line > (group.LastLine ?? 0) ? head.Line : group.LastLine,
            FirstAt = head.Time < group.FirstAt ? head.Time : group.FirstAt,
            LastAt = head.Time > group.LastAt ? head.Time : group.LastAt,
        };
        if (!_groupFiles.TryGetValue(cause, out HashSet<string>? files))
            _groupFiles.Add(cause, files = new HashSet<string>(StringComparer.Ordinal));
        files.Add(Path.GetFileName(path));
        if (_retriedRecords.TryGetValue((head.Source, head.Row), out List<(long, Cause)>? tries))
            tries.Add((head.Attempts, cause));
        if (head.Attempts > 1)
            _retried.Add(head);
    }

    private FailureReport WithReplays(Cause cause, FailureReport group, IReadOnlyList<RunReport> runs, ILookup<string, Retried> retried)
    {
        long replayed = 0;
        long? loaded = 0;
        foreach (RunReport run in runs.Where(Delivers))
        {
            long own = run.Stages.SelectMany(stage => stage.Letters).Where(letters => IsOf(letters, cause)).Sum(letters => letters.Records);
            if (own == 0)
                continue;
            replayed += own;
            loaded += LoadedOf(run, cause, own, [.. retried[run.Id]]);
        }
        return group with { Replayed = Math.Min(group.Records, replayed), Loaded = loaded is { } sum ? Math.Min(group.Records, sum) : null };
    }

    /// <summary>Whether a run did something with its records. One that only looked at letters has replayed none.</summary>
    private static bool Delivers(RunReport run) => run.Loads.Count > 0 || run.Stages.Any(stage => stage.Name == ApiCalls);

    /// <summary>How many letters of a cause were loaded by a replay: all except those that failed again, if each of its records is
    /// accounted for; null if unknown.</summary>
    private static long? LoadedOf(RunReport run, Cause cause, long replayed, Retried[] again)
    {
        if (run.Loads.Count != 1 || !RunOutcomes.CameToItsEnd(run.State))
            return null;
        LoadSums load = run.Loads[0];
        long given = run.Stages.SelectMany(stage => stage.Letters).Sum(letters => letters.Records);
        long inTable = load.Loaded + load.Unchanged + load.Superseded;
        if (inTable == given)
            return replayed;
        return given - inTable == again.Length && Array.TrueForAll(again, one => one.Before is not null) ? replayed - again.Count(one => one.Before == cause) : null;
    }

    /// <summary>The cause for which the record of a letter had failed before.</summary>
    private Cause? CauseBefore(DeadLetterHead head)
    {
        foreach ((long attempts, Cause cause) in _retriedRecords[(head.Source, head.Row)].OrderByDescending(tried => tried.Attempts))
        {
            if (attempts < head.Attempts)
                return cause;
        }
        return null;
    }

    private static Cause CauseOf(DeadLetterHead head) => new(head.Code, head.Column, head.Source);

    private bool IsOf(ReplayedLetters letters, Cause cause) =>
        letters.Code == cause.Code && letters.Column == cause.Column && letters.Source == cause.Source && _groupFiles[cause].Contains(NameOf(letters.File));

    /// <summary>A file name from any operating system; the file may have been moved since.</summary>
    private static string NameOf(string path) => path[(path.LastIndexOfAny(['/', '\\']) + 1)..];

    private static long? Least(long? one, long? other) => one is null || other < one ? other : one;

    private readonly record struct Cause(string Code, string? Column, string? Source);

    /// <param name="Cause">Why the record failed again.</param>
    /// <param name="Before">Why it had failed before; null if no letter says so.</param>
    private readonly record struct Retried(Cause Cause, Cause? Before);
}
