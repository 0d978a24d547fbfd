namespace EtlTools.Engine.Load;

/// <summary>The target does not answer or is locked; the same transaction may work later. The message says what is the
/// matter with it, as a clause.</summary>
internal sealed class TransientTargetException(string message) : Exception(message);
