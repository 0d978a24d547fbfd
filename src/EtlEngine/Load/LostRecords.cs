using EtlTools.Engine.Records;

namespace EtlTools.Engine.Load;

/// <summary>Tells which records of a load's sources have failed before the load, in another pipeline, and are kept nowhere. A record that
/// arrives nevertheless, because its caller piped it in again, is not lost.</summary>
internal sealed class LostRecords
{
    private readonly Dictionary<SourceLosses, Source> _sources = new(ReferenceEqualityComparer.Instance);
    private Source? _current;

    /// <summary>How many records have not arrived.</summary>
    public long Count => _sources.Values.Sum(source => source.CountLost());

    /// <summary>The first of them and the stage in which it failed; null if there is none.</summary>
    public (SourcePosition Position, string Stage)? First => _sources.Values.Select(source => source.First).FirstOrDefault(first => first is not null);

    /// <summary>Registers a record that arrives.</summary>
    /// <returns>A record before it in its source that is lost; null if there is none.</returns>
    public (SourcePosition Position, string Stage)? Take(SourcePosition position)
    {
        if (position.Source is not { } source)
            return null;
        if (!ReferenceEquals(_current?.Losses, source.Losses) && !_sources.TryGetValue(source.Losses, out _current))
            _sources.Add(source.Losses, _current = new Source(source.Losses));
        return source.Losses.Count == 0 ? null : _current.Take(position.Row);
    }

    private sealed class Source(SourceLosses losses)
    {
        private readonly SortedList<long, (SourcePosition Position, string Stage)> _missing = [];
        private int _known;
        private long _arrived;

        public SourceLosses Losses => losses;

        public (SourcePosition Position, string Stage)? First
        {
            get
            {
                Learn();
                return _missing.Count > 0 ? _missing.GetValueAtIndex(0) : null;
            }
        }

        public long CountLost()
        {
            Learn();
            return losses.Count - _arrived;
        }

        public (SourcePosition Position, string Stage)? Take(long row)
        {
            Learn();
            if (_missing.Remove(row))
                _arrived++;
            return _missing.Count > 0 && _missing.GetKeyAtIndex(0) < row ? _missing.GetValueAtIndex(0) : null;
        }

        private void Learn()
        {
            if (_known == losses.Count)
                return;
            foreach ((SourcePosition Position, string Stage) lost in losses.From(_known))
            {
                _known++;
                if (!_missing.TryAdd(lost.Position.Row, lost))
                    _arrived++;
            }
        }
    }
}
