namespace EtlTools.Engine.Resilience;

/// <summary>Delays that prevent many clients of one server from retrying at the same moment.</summary>
internal static class FullJitter
{
    /// <summary>A delay uniform in [0, min(max, first · 2^attempt)].</summary>
    /// <param name="attempt">How many delays there have been, from 0.</param>
    /// <param name="first">The bound of the first delay.</param>
    /// <param name="max">The bound of every delay.</param>
    /// <param name="random">The source of randomness.</param>
    public static TimeSpan Next(int attempt, TimeSpan first, TimeSpan max, Random random)
    {
        double bound = Math.Min(max.Ticks, first.Ticks * Math.Pow(2, attempt));
        return TimeSpan.FromTicks((long)(random.NextDouble() * bound));
    }
}
