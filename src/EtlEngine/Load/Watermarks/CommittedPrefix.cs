namespace EtlTools.Engine.Load;

/// <summary>
/// Knows which part of the input, from its beginning, is committed without a gap, while several writers commit. Any thread.
/// </summary>
internal sealed class CommittedPrefix(int writers)
{
    private readonly Lock _lock = new();
    private readonly PendingRecords[] _pending = [.. Enumerable.Range(0, writers).Select(_ => new PendingRecords())];
    private readonly Queue<(long EndsAt, Checkpoint Last)> _finished = [];
    private Checkpoint? _newest;
    private long _next;

    /// <summary>The next record has arrived and goes to this writer.</summary>
    /// <param name="writer">The writer.</param>
    /// <param name="sequence">The record's number.</param>
    /// <param name="before">The position when all earlier records are loaded.</param>
    /// <param name="after">The position when the record is loaded too.</param>
    public void Dispatched(int writer, long sequence, Checkpoint? before, Checkpoint? after)
    {
        lock (_lock)
        {
            _pending[writer].Add(sequence, before);
            Advance(sequence, before);
            Advance(sequence + 1, after);
        }
    }

    /// <summary>The next record has arrived and goes to no writer.</summary>
    public void Passed(long sequence, Checkpoint? before)
    {
        lock (_lock)
        {
            Advance(sequence, before);
            Advance(sequence + 1, before);
        }
    }

    /// <summary>No more records will arrive.</summary>
    public void Ended(Checkpoint? end)
    {
        lock (_lock)
            Advance(_next + 1, end);
    }

    /// <summary>The positions of the sources after the writer has committed so many more of its records; the last one is the current
    /// source.</summary>
    public IReadOnlyList<Checkpoint> After(int writer, int records, out long upTo)
    {
        lock (_lock)
        {
            upTo = _next;
            Checkpoint? at = _newest;
            for (int i = 0; i < _pending.Length; i++)
            {
                if (_pending[i].TryPeek(i == writer ? records : 0, out long sequence, out Checkpoint? before) && sequence < upTo)
                    (upTo, at) = (sequence, before);
            }
            var checkpoints = new List<Checkpoint>();
            foreach ((long endsAt, Checkpoint last) in _finished)
            {
                if (endsAt <= upTo)
                    checkpoints.Add(last);
            }
            if (at is not null)
                checkpoints.Add(at);
            return checkpoints;
        }
    }

    /// <summary>The writer has committed its next records, and with them all checkpoints up to a sequence number.</summary>
    public void Committed(int writer, int records, long upTo)
    {
        lock (_lock)
        {
            _pending[writer].Remove(records);
            while (_finished.TryPeek(out (long EndsAt, Checkpoint Last) first) && first.EndsAt <= upTo)
                _finished.Dequeue();
        }
    }

    /// <summary>Sets the position when all records before the next one are loaded.</summary>
    private void Advance(long next, Checkpoint? reached)
    {
        // A source is finished when a record of another one follows; its last checkpoint must not be skipped.
        if (_newest is not null && reached is not null && !_newest.IsOfSource(reached))
            _finished.Enqueue((next, _newest));
        _newest = reached;
        _next = next;
    }

    /// <summary>A queue whose items can be read in place.</summary>
    private sealed class PendingRecords
    {
        private readonly List<(long Sequence, Checkpoint? Before)> _records = [];
        private int _head;

        public void Add(long sequence, Checkpoint? before) => _records.Add((sequence, before));

        public bool TryPeek(int index, out long sequence, out Checkpoint? before)
        {
            bool any = _head + index < _records.Count;
            (sequence, before) = any ? _records[_head + index] : default;
            return any;
        }

        public void Remove(int count)
        {
            // The watermark would pass records that are not committed.
            if (count > _records.Count - _head)
                throw new InvalidOperationException("A writer has committed more records than it was given.");
            _head += count;
            if (_head * 2 < _records.Count)
                return;
            _records.RemoveRange(0, _head);
            _head = 0;
        }
    }
}
