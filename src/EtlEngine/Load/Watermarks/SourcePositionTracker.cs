using EtlTools.Engine.DeadLetters;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Load;

/// <summary>
/// Follows where the records of the input come from. With a watermark their positions must run forward: what lies before the
/// newest one counts as loaded once it is.
/// </summary>
internal sealed class SourcePositionTracker(bool watched, Func<Record, WatermarkValue?>? readValue = null, Func<SourceInfo, WatermarkValue?>? storedValue = null)
{
    private readonly HashSet<(string Path, string Fingerprint)> _seen = [];
    private SourcePosition _current;
    private WatermarkValue? _value;
    private Checkpoint? _closed;
    private bool _isUnfinished;
    private int _sibling;

    /// <summary>How far the input is loaded when everything that came is, and nothing more comes. A record in which its source
    /// ended, and what comes of that source behind it, is to be read again when the source has grown.</summary>
    public Checkpoint? End => _current.Source is null || _isUnfinished ? _closed : new Checkpoint(_current, _value);

    /// <summary>Takes note of the next record.</summary>
    /// <param name="record">The record.</param>
    /// <param name="sibling">How many of the same position came right before it.</param>
    /// <param name="before">How far the source is loaded when all before this record are; the position of the record
    /// itself may come again and is not part of it.</param>
    /// <exception cref="EtlException">A watermark cannot be kept for it.</exception>
    public void Take(Record record, out int sibling, out Checkpoint? before)
    {
        SourcePosition position = record.HasPosition ? record.Position : default;
        bool again = position.Source is not null && position == _current;
        sibling = _sibling = again ? _sibling + 1 : 0;
        if (watched)
            Follow(record, position, again);
        else
            _current = position;
        before = _closed;
    }

    private void Follow(Record record, SourcePosition position, bool again)
    {
        if (position.Source is null)
            throw Failures.NoLineage();
        // It stands at its old place in the source, behind which others may not be loaded yet.
        if (record.DeadLetter is not null)
            throw Failures.Replayed();
        if (!again)
        {
            _closed = End;
            bool sameSource = _current.Source is { } source && (source.Path, source.Fingerprint) == (position.Source.Path, position.Source.Fingerprint);
            if (!sameSource)
            {
                _isUnfinished = false;
                if (!_seen.Add((position.Source.Path, position.Source.Fingerprint)))
                    throw Failures.RunsBackwards(record);
                _value = storedValue?.Invoke(position.Source);
            }
            else if (position.Source.Cursor == _current.Source!.Cursor && position.Row <= _current.Row)
            {
                throw Failures.RunsBackwards(record);
            }
            _current = position;
        }
        _isUnfinished |= record.IsUnfinished;
        if (record.Error is null && readValue?.Invoke(record) is { } value && (_value is null || value.CompareTo(_value) > 0))
            _value = value;
    }

    private static class Failures
    {
        public static EtlException NoLineage() => Refused(
            "A record does not know where it came from, as it has not come from an Etl source, or a command in between made a new one of it.");

        public static EtlException Replayed() => Refused("These are dead letters, and loading them never moves a watermark.");

        public static EtlException RunsBackwards(Record record) => Refused(
            $"The record {record.Position} comes after a later one, as Sort-Object and Group-Object let them.");

        private static EtlException Refused(string why) => new(
            FailureCodes.WatermarkImpossible, FailureKind.InvalidCall,
            $"-WatermarkName needs records in the order of their source. {why} Leave out -WatermarkName, or the command that changes the records' order or origin.");
    }
}
