using EtlTools.Engine.Resilience;

namespace EtlTools.Engine.Load;

/// <summary>The target does not answer or is locked; the same transaction may work later. The message says what is the
/// matter with it, as a clause.</summary>
internal sealed class TransientTargetException(string message) : Exception(message)
{
    /// <summary>What a failure says about the target.</summary>
    public static FailureVerdict Classify(Exception failure) =>
        new(failure is TransientTargetException ? FailureClass.Contention : FailureClass.Neutral, "Busy");
}
