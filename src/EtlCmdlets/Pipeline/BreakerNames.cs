using System.Management.Automation;
using EtlTools.Engine;
using EtlTools.Engine.Resilience;

namespace EtlTools.Cmdlets.Pipeline;

/// <summary>Finds breakers by the names a user gives.</summary>
internal static class BreakerNames
{
    /// <summary>The session's breakers that match. A name without wildcards that matches none is an error.</summary>
    public static IEnumerable<CircuitBreaker> Find(EtlCmdlet command, IEnumerable<string> names)
    {
        IReadOnlyList<CircuitBreaker> all = EtlSession.Current.Breakers.All;
        foreach (string name in names)
        {
            CircuitBreaker[] found = NamedItems.Find(all, breaker => breaker.Name, name);
            foreach (CircuitBreaker breaker in found)
                yield return breaker;
            if (found.Length > 0 || WildcardPattern.ContainsWildcardCharacters(name))
                continue;
            string known = all.Count == 0 ? "none: a breaker is created by the first call to a dependency" : string.Join(", ", all.Select(breaker => breaker.Name));
            command.WriteError(ErrorRecords.Of(
                new EtlException(FailureCodes.BreakerNotFound, FailureKind.NotFound, $"-Name: this session has no breaker '{name}'. It has {known}."), name));
        }
    }
}
