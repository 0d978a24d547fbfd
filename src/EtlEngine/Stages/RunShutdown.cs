namespace EtlTools.Engine.Stages;

/// <summary>
/// How a run is told to end before its input does. A drain lets what is in flight come to its end: sources read no more. A drop
/// gives up what is not committed. A drain that takes too long becomes a drop. Any thread.
/// </summary>
internal sealed class RunShutdown : IDisposable
{
    /// <summary>How long a drain may take by default: less than the 30 s that Kubernetes waits before it kills.</summary>
    public static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(25);

    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _drain = new();
    private readonly CancellationTokenSource _drop = new();
    private readonly ITimer _deadline;
    private bool _disposed;

    internal RunShutdown(TimeProvider time)
    {
        _deadline = time.CreateTimer(_ => Drop($"{Reason}, and the drain took longer than {Timeout.TotalSeconds:0.#} s"), null, System.Threading.Timeout.InfiniteTimeSpan, System.Threading.Timeout.InfiniteTimeSpan);
        Draining = _drain.Token;
        Dropping = _drop.Token;
    }

    /// <summary>How long a drain may take before the run is dropped. Default 25 s.</summary>
    public TimeSpan Timeout { get; set; } = DefaultTimeout;

    /// <summary>Cancelled when sources must read no more.</summary>
    public CancellationToken Draining { get; }

    /// <summary>Cancelled when all work must be dropped.</summary>
    public CancellationToken Dropping { get; }

    /// <summary>Why, as a clause; null while nobody has asked.</summary>
    public string? Reason { get; private set; }

    /// <summary>True when a drain ended a source before its input was read.</summary>
    public bool IsCutShort { get; private set; }

    /// <summary>Asks for a drain; one that was asked for before stands.</summary>
    /// <param name="reason">Why, as a clause.</param>
    /// <param name="timeout">How long it may take; null for <see cref="Timeout"/>.</param>
    public void Drain(string reason, TimeSpan? timeout = null)
    {
        lock (_lock)
        {
            if (_disposed)
                return;
            if (timeout is { } limit)
                Timeout = limit;
            else if (Draining.IsCancellationRequested)
                return;
            Reason ??= reason;
            _deadline.Change(Timeout, System.Threading.Timeout.InfiniteTimeSpan);
        }
        Cancel(_drain);
    }

    /// <summary>Asks for a drop.</summary>
    /// <param name="reason">Why, as a clause.</param>
    public void Drop(string reason)
    {
        lock (_lock)
        {
            if (_disposed || Dropping.IsCancellationRequested)
                return;
            Reason = reason;
        }
        Cancel(_drain);
        Cancel(_drop);
    }

    /// <summary>A source ends before its input does.</summary>
    public void CutShort() => IsCutShort = true;

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
            _disposed = true;
        _deadline.Dispose();
        _drain.Dispose();
        _drop.Dispose();
    }

    private static void Cancel(CancellationTokenSource source)
    {
        try
        {
            source.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The run came to its end at this moment.
            return;
        }
    }
}
