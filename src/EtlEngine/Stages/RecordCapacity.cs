namespace EtlTools.Engine.Stages;

/// <summary>
/// Room for a number of records, reserved before they enter a stage and returned when they leave. Large records count several times
/// (<see cref="Records.RecordWeight"/>). A chunk larger than the whole room enters when the stage is empty, so that it cannot block forever.
/// </summary>
internal sealed class RecordCapacity(int limit)
{
    private readonly Lock _lock = new();
    private int _used;
    private TaskCompletionSource? _waiter;

    public int Used => Volatile.Read(ref _used);

    public bool HasRoom => Used < limit;

    public bool TryAcquire(int records)
    {
        lock (_lock)
        {
            if (_used > 0 && _used + records > limit)
                return false;
            _used += records;
            return true;
        }
    }

    /// <summary>Waits for room. One producer at a time.</summary>
    public async ValueTask AcquireAsync(int records, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task room;
            lock (_lock)
            {
                if (_used == 0 || _used + records <= limit)
                {
                    _used += records;
                    return;
                }
                _waiter ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                room = _waiter.Task;
            }
            await room.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    public void Release(int records)
    {
        TaskCompletionSource? waiter;
        lock (_lock)
        {
            _used -= records;
            waiter = _waiter;
            _waiter = null;
        }
        waiter?.TrySetResult();
    }
}
