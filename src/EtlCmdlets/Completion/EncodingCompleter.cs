using EtlTools.Cmdlets.Arguments;

namespace EtlTools.Cmdlets.Completion;

/// <summary>Completes encoding names.</summary>
internal sealed class EncodingCompleter() : NameCompleter(EncodingArgumentAttribute.Names);
