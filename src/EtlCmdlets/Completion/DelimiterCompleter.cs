namespace EtlTools.Cmdlets.Completion;

/// <summary>Completes delimiters.</summary>
internal sealed class DelimiterCompleter() : NameCompleter(["Auto", "Tab", ",", ";", "|"]);
