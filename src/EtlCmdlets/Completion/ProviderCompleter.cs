using EtlTools.Engine.Load;

namespace EtlTools.Cmdlets.Completion;

/// <summary>Completes the kinds of database.</summary>
internal sealed class ProviderCompleter() : NameCompleter(Dialects.Names);
