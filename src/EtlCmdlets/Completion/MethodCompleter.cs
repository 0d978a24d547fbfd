namespace EtlTools.Cmdlets.Completion;

/// <summary>Completes HTTP methods.</summary>
internal sealed class MethodCompleter() : NameCompleter(["GET", "POST", "PUT", "PATCH", "DELETE"]);
