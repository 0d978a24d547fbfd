namespace EtlTools.Cmdlets.Arguments;

/// <summary>Completes time zone ids.</summary>
internal sealed class TimeZoneCompleter() : NameCompleter(TimeZoneArgumentAttribute.Ids);
