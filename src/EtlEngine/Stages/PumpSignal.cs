namespace EtlTools.Engine.Stages;

/// <summary>
/// Wakes the pipeline thread: workers set it after each piece of work, and the thread checks again for finished records.
/// </summary>
internal sealed class PumpSignal : IDisposable
{
    private readonly ManualResetEventSlim _event = new(false, spinCount: 20);

    /// <summary>Something has changed. Any thread.</summary>
    public void Set()
    {
        // Orders the caller's write before the read of IsSet, against Reset and the following check.
        Interlocked.MemoryBarrier();
        if (!_event.IsSet)
            _event.Set();
    }

    /// <summary>Must be called before the last check that precedes <see cref="Wait"/>.</summary>
    public void Reset() => _event.Reset();

    /// <summary>Waits for a change.</summary>
    /// <returns>False if the time passed without a change.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public bool Wait(TimeSpan timeout, CancellationToken cancellationToken) => _event.Wait(timeout, cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => _event.Dispose();
}
