using System.Diagnostics.CodeAnalysis;

namespace EtlTools.Engine.Resilience;

/// <summary>
/// Stops calls to a dependency that failed several times in a row. After the cool-down exactly one call goes through as a probe. A probe
/// that ends without a verdict returns its place, so the breaker cannot stay half-open forever. Calls that entered before the last state
/// change are no longer counted. Any thread.
/// </summary>
internal sealed class CircuitBreaker
{
    private readonly Lock _lock = new();
    private readonly TimeProvider _time;
    private readonly Action<BreakerChange>? _changed;
    private BreakerState _state;
    private int _failures;
    private DateTimeOffset? _openedAt;
    private DateTimeOffset? _nextProbe;
    private long _openedStamp;
    private TimeSpan _wait;
    private string? _lastErrorCode;
    private object? _probe;
    private object _era = new();
    private TaskCompletionSource _change = NewChange();

    /// <summary>Creates a closed breaker.</summary>
    /// <param name="name">The dependency.</param>
    /// <param name="options">When it opens and for how long.</param>
    /// <param name="time">The clock.</param>
    /// <param name="changed">Called at every state change, on the thread that caused it.</param>
    public CircuitBreaker(string name, BreakerOptions options, TimeProvider time, Action<BreakerChange>? changed = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(time);
        Name = name;
        Options = options.Validate();
        _time = time;
        _changed = changed;
    }

    /// <summary>The dependency.</summary>
    public string Name { get; }

    /// <summary>When it opens and for how long; may be replaced at any time.</summary>
    public BreakerOptions Options { get; set; }

    /// <summary>True while calls may have to wait.</summary>
    public bool IsOpen
    {
        get
        {
            lock (_lock)
                return _state != BreakerState.Closed;
        }
    }

    /// <summary>The breaker at this moment.</summary>
    public BreakerStatus Status
    {
        get
        {
            lock (_lock)
                return Snapshot();
        }
    }

    /// <summary>Closes the breaker, whatever its state.</summary>
    public void Reset()
    {
        BreakerChange? change;
        lock (_lock)
        {
            _failures = 0;
            change = _state == BreakerState.Closed ? null : MoveTo(BreakerState.Closed);
        }
        Tell(change);
    }

    /// <summary>Asks to let a call through.</summary>
    /// <param name="pass">Receives the call's outcome; must receive one or be disposed.</param>
    /// <param name="wait">If the call may not go through: what to wait for.</param>
    /// <param name="patience">What the call has waited for as long as it could. If nothing has changed since, the call goes through as a
    /// probe before the cool-down is over.</param>
    internal bool TryEnter([NotNullWhen(true)] out BreakerPass? pass, out BreakerWait wait, Task? patience = null)
    {
        BreakerChange? change = null;
        wait = default;
        lock (_lock)
        {
            TimeSpan untilProbe = _wait - _time.GetElapsedTime(_openedStamp);
            if (_state == BreakerState.Open && (untilProbe <= TimeSpan.Zero || ReferenceEquals(patience, _change.Task)))
                change = MoveTo(BreakerState.HalfOpen);
            switch (_state)
            {
                case BreakerState.Closed:
                    pass = new BreakerPass(this, _era);
                    break;
                case BreakerState.HalfOpen when _probe is null:
                    _probe = pass = new BreakerPass(this, _era);
                    break;
                default:
                    pass = null;
                    wait = new BreakerWait(_change.Task, _state == BreakerState.Open ? untilProbe : null, IsCooldown: _wait <= Options.Cooldown);
                    break;
            }
        }
        Tell(change);
        if (pass is not null)
            pass.Entered = change;
        return pass is not null;
    }

    internal BreakerChange? Succeed(BreakerPass pass)
    {
        BreakerChange? change;
        lock (_lock)
        {
            if (!IsCurrent(pass))
                return null;
            _failures = 0;
            change = _state == BreakerState.HalfOpen ? MoveTo(BreakerState.Closed) : null;
        }
        Tell(change);
        return change;
    }

    internal BreakerChange? Fail(BreakerPass pass, string code, TimeSpan atLeast, bool opensAtOnce)
    {
        BreakerChange? change = null;
        lock (_lock)
        {
            if (!IsCurrent(pass))
                return null;
            _failures++;
            _lastErrorCode = code;
            if (_state == BreakerState.HalfOpen || opensAtOnce || _failures >= Options.Threshold)
                change = MoveTo(BreakerState.Open, atLeast > Options.Cooldown ? atLeast : Options.Cooldown);
        }
        Tell(change);
        return change;
    }

    /// <summary>The call ended without saying anything about the dependency.</summary>
    internal void Release(BreakerPass pass)
    {
        lock (_lock)
        {
            if (!ReferenceEquals(_probe, pass))
                return;
            _probe = null;
            SignalChange();
        }
    }

    private static TaskCompletionSource NewChange() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private bool IsCurrent(BreakerPass pass) =>
        ReferenceEquals(pass.Era, _era) && (_state == BreakerState.Closed || ReferenceEquals(_probe, pass));

    private BreakerChange MoveTo(BreakerState state, TimeSpan wait = default)
    {
        BreakerState from = _state;
        _state = state;
        _probe = null;
        _era = new object();
        if (state == BreakerState.Closed)
        {
            _openedAt = null;
            _nextProbe = null;
        }
        else if (state == BreakerState.Open)
        {
            DateTimeOffset now = _time.GetUtcNow();
            _openedAt ??= now;
            _nextProbe = now + wait;
            _openedStamp = _time.GetTimestamp();
            _wait = wait;
        }
        SignalChange();
        return new BreakerChange(from, Snapshot(), wait);
    }

    private void SignalChange()
    {
        _change.TrySetResult();
        _change = NewChange();
    }

    private BreakerStatus Snapshot() => new(Name, _state, _failures, _openedAt, _nextProbe, _lastErrorCode);

    private void Tell(BreakerChange? change)
    {
        if (change is not null)
            _changed?.Invoke(change);
    }
}

/// <summary>What a call waits for that may not go through.</summary>
/// <param name="Change">Completes when the breaker changes.</param>
/// <param name="UntilProbe">The time until the next probe, if known.</param>
/// <param name="IsCooldown">Whether the breaker itself imposes the wait, rather than the dependency.</param>
internal readonly record struct BreakerWait(Task Change, TimeSpan? UntilProbe, bool IsCooldown);
