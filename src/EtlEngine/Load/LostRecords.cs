using EtlTools.Engine.Records;
using EtlTools.Engine.Stages;

namespace EtlTools.Engine.Load;

/// <summary>Tells which records of a load's sources have failed before the load, in another pipeline, and are kept nowhere. A record that
/// arrives nevertheless, because its caller piped it in again, is not lost; nor is one that arrived and failed, for which the load has reported
/// the error itself.</summary>
/// <param name="loader">The load's own stage.</param>
internal sealed class LostRecords(StageCounters loader)
{
    private readonly Dictionary<SourceLosses, Source> _sources = new(ReferenceEqualityComparer.Instance);
    private Source? _current;

    /// <summary>How many records have not arrived.</summary>
    public long Count => _sources.Values.Sum(source => source.CountLost());

    /// <summary>The first of them and the stage in which it failed; null if there is none.</summary>
    public SourceLosses.Loss? First => _sources.Values.Select(source => source.First).FirstOrDefault(first => first is not null);

    /// <summary>Registers a record that arrives.</summary>
    /// <returns>A record before it in its source that is lost; null if there is none.</returns>
    public SourceLosses.Loss? Take(SourcePosition position)
    {
        if (position.Source is not { } source)
            return null;
        if (!ReferenceEquals(_current?.Losses, source.Losses) && !_sources.TryGetValue(source.Losses, out _current))
            _sources.Add(source.Losses, _current = new Source(source.Losses, loader));
        return source.Losses.Count == 0 ? null : _current.Take(position.Row);
    }

    private sealed class Source(SourceLosses losses, StageCounters loader)
    {
        private readonly SortedList<long, SourceLosses.Loss> _missing = [];
        private int _known;
        private long _arrived;

        public SourceLosses Losses => losses;

        public SourceLosses.Loss? First
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
            return losses.CountBefore(loader) - _arrived;
        }

        public SourceLosses.Loss? Take(long row)
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
            foreach (SourceLosses.Loss lost in losses.From(_known))
            {
                _known++;
                if (!ReferenceEquals(lost.By, loader) && !_missing.TryAdd(lost.Position.Row, lost))
                    _arrived++;
            }
        }
    }
}
