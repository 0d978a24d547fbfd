namespace EtlTools.Engine.Extract.Api;

/// <summary>Spaces the calls of a stage, and holds them all back while the service asks for it. Any thread.</summary>
internal sealed class CallPacer(double callsPerSecond, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly TimeSpan _gap = callsPerSecond > 0 ? TimeSpan.FromSeconds(1 / callsPerSecond) : TimeSpan.Zero;
    private readonly long _begin = time.GetTimestamp();
    private TimeSpan _next;

    /// <summary>Waits for this call's turn.</summary>
    public async ValueTask WaitAsync(CancellationToken cancellationToken)
    {
        TimeSpan turn, now;
        lock (_lock)
        {
            now = time.GetElapsedTime(_begin);
            turn = _next > now ? _next : now;
            _next = turn + _gap;
        }
        if (turn > now)
            await Task.Delay(turn - now, time, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>No call begins before this time has passed.</summary>
    public void Pause(TimeSpan duration)
    {
        lock (_lock)
        {
            TimeSpan until = time.GetElapsedTime(_begin) + duration;
            if (until > _next)
                _next = until;
        }
    }
}
