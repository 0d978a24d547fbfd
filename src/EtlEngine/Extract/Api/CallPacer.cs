namespace EtlTools.Engine.Extract.Api;

/// <summary>Spaces the calls of a stage, and stops all of them while the service asks for it. Any thread.</summary>
internal sealed class CallPacer(double callsPerSecond, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly TimeSpan _gap = callsPerSecond > 0 ? TimeSpan.FromSeconds(1 / callsPerSecond) : TimeSpan.Zero;
    private readonly long _begin = time.GetTimestamp();
    private TimeSpan _next;
    private TimeSpan _pausedUntil;

    /// <summary>Waits for this call's turn.</summary>
    public async ValueTask WaitAsync(CancellationToken cancellationToken)
    {
        TimeSpan wait;
        while ((wait = TakeTurn()) > TimeSpan.Zero)
        {
            // Timers count whole milliseconds, so one that fires early would allow a call too early.
            await Task.Delay(TimeSpan.FromMilliseconds(Math.Ceiling(wait.TotalMilliseconds)), time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>No call starts before this time, not even one whose turn it is.</summary>
    public void Pause(TimeSpan duration)
    {
        lock (_lock)
        {
            TimeSpan until = time.GetElapsedTime(_begin) + duration;
            if (until > _pausedUntil)
                _pausedUntil = until;
        }
    }

    /// <summary>Takes the next turn if it has come; otherwise returns the shortest wait.</summary>
    private TimeSpan TakeTurn()
    {
        lock (_lock)
        {
            TimeSpan now = time.GetElapsedTime(_begin);
            TimeSpan turn = _next > _pausedUntil ? _next : _pausedUntil;
            if (turn > now)
                return turn - now;
            _next = now + _gap;
            return TimeSpan.Zero;
        }
    }
}
