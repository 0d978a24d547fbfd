namespace EtlTools.Engine.Stages;

/// <summary>
/// Wakes the pipeline thread: workers set it after each piece of work, the thread checks again at what is finished.
/// </summary>
internal sealed class PumpSignal : IDisposable
{
    private readonly ManualResetEventSlim _event = new(false, spinCount: 20);

    /// <summary>Something has changed. Any thread.</summary>
    public void Set()
    {
        // Orders the caller's write before the read of IsSet, against Reset and the look that follows it.
        Interlocked.MemoryBarrier();
        if (!_event.IsSet)
            _event.Set();
    }

    /// <summary>To be called before the last look that precedes <see cref="Wait"/>.</summary>
    public void Reset() => _event.Reset();

    /// <summary>Waits for a change.</summary>
    /// <returns>False when the time passed without one.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public bool Wait(TimeSpan timeout, CancellationToken cancellationToken) => _event.Wait(timeout, cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => _event.Dispose();
}
