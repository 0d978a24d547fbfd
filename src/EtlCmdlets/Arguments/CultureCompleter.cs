namespace EtlTools.Cmdlets.Arguments;

/// <summary>Completes the names of cultures.</summary>
internal sealed class CultureCompleter() : NameCompleter(CultureArgumentAttribute.Names);
