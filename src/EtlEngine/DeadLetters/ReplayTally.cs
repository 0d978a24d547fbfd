using EtlTools.Engine.Records;

namespace EtlTools.Engine.DeadLetters;

/// <summary>The letters of one cause, which a report counts together.</summary>
/// <param name="File">The full path of the file of letters.</param>
/// <param name="Code">The code of the cause.</param>
/// <param name="Column">The column at fault; null if no single column is.</param>
/// <param name="Source">The path or address that the records came from; null if they had none.</param>
internal readonly record struct LetterGroup(string File, string Code, string? Column, string? Source);

/// <summary>Counts, for the log, how many letters of each cause were read back as records. Any thread.</summary>
internal sealed class ReplayTally
{
    /// <summary>How many causes are counted separately; further ones are counted together.</summary>
    private const int MaxGroups = 200;

    private readonly Lock _lock = new();
    private readonly Dictionary<LetterGroup, long> _counts = [];

    /// <summary>The causes, those with the most letters first.</summary>
    public IReadOnlyList<(LetterGroup Group, long Records)> Counts
    {
        get
        {
            lock (_lock)
                return [.. _counts.OrderByDescending(count => count.Value).Select(count => (count.Key, count.Value))];
        }
    }

    /// <summary>Counts the records that letters have become.</summary>
    /// <param name="records">The records.</param>
    /// <param name="letters">The file of letters; it is the source of records that had none.</param>
    public void Add(IReadOnlyList<Record> records, SourceInfo letters)
    {
        lock (_lock)
        {
            foreach (Record record in records)
            {
                if (record.Error is null && record.DeadLetter is { } letter)
                    Add(new LetterGroup(letters.Path, letter.Code, letter.Column, ReferenceEquals(record.Position.Source, letters) ? null : record.Position.Source?.Path), 1);
            }
        }
    }

    /// <summary>The sums of two.</summary>
    public ReplayTally Plus(ReplayTally? other)
    {
        var sum = new ReplayTally();
        foreach ((LetterGroup group, long records) in Counts.Concat(other?.Counts ?? []))
            sum.Add(group, records);
        return sum;
    }

    private void Add(LetterGroup group, long records)
    {
        if (_counts.Count >= MaxGroups && !_counts.ContainsKey(group))
            group = new LetterGroup(group.File, "(others)", null, null);
        _counts[group] = _counts.GetValueOrDefault(group) + records;
    }
}
