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

    /// <summary>Cancelled if the caller gives up.</summary>
    public CancellationToken CancellationToken => _context.CancellationToken;

    /// <summary>Reports that the dependency has answered although the attempt is not over. If the attempt is a breaker's probe, the breaker
    /// closes, and other calls need not wait until a long answer is read.</summary>
    public void Answered() => BreakerStrategy.Answered(_context);
}
