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

    /// <summary>Whether a record of this weight fits.</summary>
    public bool HasRoomFor(int weight) => Fits(Used, weight);

    public bool TryAcquire(int records)
    {
        lock (_lock)
        {
            if (!Fits(_used, records))
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
                if (Fits(_used, records))
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

    private bool Fits(int used, int records) => used == 0 || used + records <= limit;

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
