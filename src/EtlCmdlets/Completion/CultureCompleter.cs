using EtlTools.Cmdlets.Arguments;

namespace EtlTools.Cmdlets.Completion;

/// <summary>Completes the names of cultures.</summary>
internal sealed class CultureCompleter() : NameCompleter(CultureArgumentAttribute.Names);
