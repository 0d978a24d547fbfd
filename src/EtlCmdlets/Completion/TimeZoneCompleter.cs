using EtlTools.Cmdlets.Arguments;

namespace EtlTools.Cmdlets.Completion;

/// <summary>Completes time zone ids.</summary>
internal sealed class TimeZoneCompleter() : NameCompleter(TimeZoneArgumentAttribute.Ids);
