namespace EtlTools.Cmdlets.Runspaces;

/// <summary>
/// A worker's right to the record it works on. Whoever watches the time may take it away; the worker then finds that its
/// outcome is not wanted, however late its script comes back.
/// </summary>
internal sealed class WorkerLease(TimeProvider time, TimeSpan timeout)
{
    private const long Lost = -1;

    // Odd while a record is worked on; every record has a number of its own.
    private long _state;
    private long _began;

    public bool IsLost => Volatile.Read(ref _state) == Lost;

    /// <summary>A record's work begins. Worker's thread.</summary>
    public void Enter()
    {
        _began = time.GetTimestamp();
        Volatile.Write(ref _state, _state + 1);
    }

    /// <summary>A record's work is done. Worker's thread.</summary>
    /// <exception cref="OperationCanceledException">The record was taken away.</exception>
    public void Leave()
    {
        long state = Volatile.Read(ref _state);
        if (state == Lost || Interlocked.CompareExchange(ref _state, state + 1, state) != state)
            throw new OperationCanceledException();
    }

    /// <summary>Takes the record away if its time is over.</summary>
    /// <param name="left">How long to wait before asking again.</param>
    public bool TryExpire(out TimeSpan left)
    {
        left = timeout;
        long state = Volatile.Read(ref _state);
        if (state % 2 == 0)
            return false;
        left = timeout - time.GetElapsedTime(Volatile.Read(ref _began));
        if (left > TimeSpan.Zero)
            return false;
        left = timeout;
        return Interlocked.CompareExchange(ref _state, Lost, state) == state;
    }
}
