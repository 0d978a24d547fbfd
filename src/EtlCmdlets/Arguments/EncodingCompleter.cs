namespace EtlTools.Cmdlets.Arguments;

/// <summary>Completes encoding names.</summary>
internal sealed class EncodingCompleter() : NameCompleter(EncodingArgumentAttribute.Names);
