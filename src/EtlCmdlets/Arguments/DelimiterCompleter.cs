namespace EtlTools.Cmdlets.Arguments;

/// <summary>Completes delimiters.</summary>
internal sealed class DelimiterCompleter() : NameCompleter(["Auto", "Tab", ",", ";", "|"]);
