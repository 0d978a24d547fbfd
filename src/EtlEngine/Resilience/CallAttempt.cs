using Polly;

namespace EtlTools.Engine.Resilience;

/// <summary>One attempt of a call.</summary>
internal readonly struct CallAttempt
{
    private readonly ResilienceContext _context;

    internal CallAttempt(ResilienceContext context, int number)
    {
        _context = context;
        Number = number;
    }

    /// <summary>The attempt's number, from 1.</summary>
    public int Number { get; }

    /// <summary>Whether an earlier attempt has failed.</summary>
    public bool IsRetry => Number > 1;

    /// <summary>Cancelled when the caller gives the call up.</summary>
    public CancellationToken CancellationToken => _context.CancellationToken;

    /// <summary>Says that the dependency has answered though the attempt is not over: where it is a breaker's probe, the breaker
    /// closes, and the others need not wait until all of a long answer is read.</summary>
    public void Answered() => BreakerStrategy.Answered(_context);
}
