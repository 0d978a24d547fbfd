namespace EtlTools.Engine.Load;

/// <summary>
/// Interrupts a session's statement when the stage is to stop, and again after a while: one that was about to begin just
/// then is not reached by the first time.
/// </summary>
internal sealed class StopInterrupt : IAsyncDisposable
{
    private static readonly TimeSpan Again = TimeSpan.FromMilliseconds(50);

    private readonly ITimer _timer;
    private readonly CancellationTokenRegistration _registration;

    public StopInterrupt(ITargetSession session, TimeProvider time, CancellationToken stopping)
    {
        _timer = time.CreateTimer(_ => session.Interrupt(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _registration = stopping.Register(() =>
        {
            session.Interrupt();
            _timer.Change(Again, Again);
        });
    }

    /// <summary>Waits for a running call, so that no closed session is interrupted.</summary>
    public async ValueTask DisposeAsync()
    {
        await _registration.DisposeAsync().ConfigureAwait(false);
        await _timer.DisposeAsync().ConfigureAwait(false);
    }
}
