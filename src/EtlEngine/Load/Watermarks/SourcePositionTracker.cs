using EtlTools.Engine.DeadLetters;
using EtlTools.Engine.Records;
using EtlTools.Engine.Stages;

namespace EtlTools.Engine.Load;

/// <summary>
/// Follows the positions of the input records. With a watermark they must run forward, because everything before the latest loaded one
/// counts as loaded. A failed record that has overtaken others says nothing about the records before it. So its position counts only when a
/// good record of a later source, or the end of the input, shows that they have arrived.
/// </summary>
internal sealed class SourcePositionTracker(StageCounters loader, bool watched, Func<Record, WatermarkValue?>? readValue = null, Func<SourceInfo, WatermarkValue?>? storedValue = null)
{
    private readonly HashSet<(string Path, string Fingerprint)> _seen = [];
    private readonly Dictionary<(string Path, string Fingerprint), Record> _overtaking = [];
    private SourcePosition _current;
    private Record? _currentRecord;
    private Record? _latest;
    private WatermarkValue? _value;
    private Checkpoint? _closed;
    private bool _isUnfinished;
    private int _sibling;
    private SourcePosition _lastOvertaking;
    private int _overtakingSibling;

    /// <summary>Whether each record becomes a new row, so that none may come again in a later run.</summary>
    public bool Appends { get; init; }

    /// <summary>The position of each source when all records that arrived are loaded, and no more arrive. Earlier sources are included only
    /// if all their records have failed.</summary>
    /// <param name="isCutShort">Whether a source stopped before the end of its input.</param>
    public IEnumerable<Checkpoint?> Ends(bool isCutShort) => _overtaking.Where(source => !_seen.Contains(source.Key) && (!isCutShort || source.Value.IsLastAtPosition))
        .Select(source => new Checkpoint(source.Value.Position, source.Value, storedValue?.Invoke(source.Value.Position.Source)))
        .Append(!isCutShort || _latest is { IsLastAtPosition: true } ? EndOfCurrent(isCutShort) : _closed);

    /// <summary>The position of the current source when all records that have arrived are loaded, and more may arrive. Another record may come
    /// from the newest position, unless its record is known to be the last one there. Commands that are not Etl commands may still repeat such a
    /// record, so this is relied on only where a row that is loaded again would become another one.</summary>
    public Checkpoint? Arrived => Appends && _latest is { IsLastAtPosition: true } ? Reached : _closed;

    /// <summary>The records that failed before the load, in another pipeline, and are kept nowhere.</summary>
    public LostRecords Lost { get; } = new(loader);

    /// <summary>The largest known value of a source's watched column.</summary>
    public WatermarkValue? ValueOf(SourceInfo source) => _current.Source is { } current && current.IsSameAs(source) ? _value : storedValue?.Invoke(source);

    /// <summary>The position of the current source when all of it has arrived.</summary>
    private Checkpoint? EndOfCurrent(bool isCutShort = false)
    {
        if (Reached is not { } reached || _isUnfinished || !_overtaking.TryGetValue(KeyOf(_current.Source), out Record? last) || (isCutShort && !last.IsLastAtPosition))
            return Reached;
        return IsBehind(last.Position, _current) ? reached with { Position = last.Position, Record = last } : reached;
    }

    /// <summary>The position of the current source when its newest record is loaded. A record in which the source ended prematurely, and
    /// everything after it, must be read again when the source has grown.</summary>
    private Checkpoint? Reached => _current.Source is null || _isUnfinished ? _closed : new Checkpoint(_current, _currentRecord!, _value);

    /// <summary>Registers the next record.</summary>
    /// <param name="record">The record.</param>
    /// <param name="sibling">How many records at the same position came directly before it.</param>
    /// <param name="before">The position of the source when all earlier records are loaded. It excludes the position of the record itself,
    /// which may occur again.</param>
    /// <exception cref="EtlException">A watermark cannot be kept for it.</exception>
    public void Take(Record record, out int sibling, out Checkpoint? before)
    {
        SourcePosition position = record.HasPosition ? record.Position : default;
        if (record.Error is { HasOvertaken: true })
        {
            TakeOvertaking(record, position);
            sibling = _overtakingSibling;
            before = Arrived;
            return;
        }
        if (Lost.Take(position) is { } lost && watched)
            throw Failures.Passes(lost.Position, lost.Stage);
        bool again = position.Source is not null && position == _current;
        sibling = _sibling = again ? _sibling + 1 : 0;
        if (watched)
            Follow(record, position, again);
        else
            _current = position;
        before = _closed;
    }

    private void TakeOvertaking(Record record, SourcePosition position)
    {
        bool again = position.Source is not null && position == _lastOvertaking;
        _overtakingSibling = again ? _overtakingSibling + 1 : 0;
        _lastOvertaking = position;
        if (!watched)
            return;
        RequireLineage(record, position);
        if (!record.IsUnfinished)
            _overtaking[KeyOf(position.Source!)] = record;
    }

    private void Follow(Record record, SourcePosition position, bool again)
    {
        RequireLineage(record, position);
        if (Appends && position.Source is { ComesAgain: true } or { IsUnordered: true } && record.Error is null)
            throw Failures.ComesAgain(record);
        if (Appends && record.IsUnfinished && record.Error is null)
            throw Failures.Unfinished(record);
        if (!again)
        {
            bool sameSource = _current.Source is { } source && source.IsSameAs(position.Source);
            _closed = sameSource ? Reached : EndOfCurrent();
            if (!sameSource)
            {
                _isUnfinished = false;
                if (!_seen.Add(KeyOf(position.Source)))
                    throw Failures.RunsBackwards(record);
                _value = storedValue?.Invoke(position.Source);
            }
            else if (position.Source.Cursor == _current.Source!.Cursor && !IsBehind(position, _current))
            {
                throw Failures.RunsBackwards(record);
            }
            _current = position;
            _currentRecord = record;
        }
        _latest = record;
        _isUnfinished |= record.IsUnfinished;
        if (record.Error is null && readValue?.Invoke(record) is { } value && (_value is null || value.CompareTo(_value) > 0))
            _value = value;
    }

    private static void RequireLineage(Record record, SourcePosition position)
    {
        if (position.Source is null)
            throw Failures.NoLineage();
        // The record has its old position in the source, before which other records may not be loaded yet.
        if (record.DeadLetter is not null)
            throw Failures.Replayed();
    }

    private static (string Path, string Fingerprint) KeyOf(SourceInfo source) => (source.Path, source.Fingerprint);

    /// <summary>Whether one position comes after another on the same page; pages have no order.</summary>
    private static bool IsBehind(SourcePosition one, SourcePosition other) => one.Source.Cursor == other.Source.Cursor && one.Row > other.Row;

    private static class Failures
    {
        public static EtlException NoLineage() => Refused(
            "A record has no position in the source: it does not come from an Etl source, or a command in between made a new object of it.");

        public static EtlException Replayed() => Refused("These are dead letters, and loading them never moves a watermark.");

        public static EtlException ComesAgain(Record record) => new(
            FailureCodes.WatermarkImpossible, FailureKind.InvalidCall,
            $"-WatermarkName with -Mode Append: the next run will read the record {record.Position} again, and would add it as another row. A service's last page is read again, as are rows within -WatermarkLag and rows with a null in -WatermarkColumn. Use -Mode Upsert or Insert with a -Key, or leave out -WatermarkName.");

        public static EtlException Unfinished(Record record) => new(
            FailureCodes.WatermarkImpossible, FailureKind.InvalidCall,
            $"-WatermarkName with -Mode Append: the record {record.Position} is the last of its file and has no line end, so it may be a part of one. The next run will read it again, and would add it as another row. End the file's last line, use -Mode Upsert or Insert with a -Key, or leave out -WatermarkName.");

        public static EtlException RunsBackwards(Record record) => Refused(
            $"The record {record.Position} comes after a record of a later position, for example because of Sort-Object or Group-Object.");

        public static EtlException Passes(SourcePosition lost, string stage) => new(
            FailureCodes.WatermarkImpossible, FailureKind.InvalidCall,
            $"-WatermarkName: the record {lost} failed in {stage}, before it reached this load, and is in no dead letter. The watermark would pass it, and it would never come back. Use -DeadLetterPath with {stage}.");

        private static EtlException Refused(string why) => new(
            FailureCodes.WatermarkImpossible, FailureKind.InvalidCall,
            $"-WatermarkName needs records in the order of their source. {why} Leave out -WatermarkName, or the command that changes the records' order or origin.");
    }
}
