using EtlTools.Cmdlets.Pipeline;

namespace EtlTools.Cmdlets.Completion;

/// <summary>Completes the names of the session's breakers.</summary>
internal sealed class BreakerCompleter() : NameCompleter(EtlSession.Current.Breakers.All.Select(breaker => breaker.Name));
