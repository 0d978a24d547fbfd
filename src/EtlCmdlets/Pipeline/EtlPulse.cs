namespace EtlTools.Cmdlets.Pipeline;

/// <summary>
/// What a source with nothing to give sends to the Etl command right after it, so that finished records do not wait for
/// the next one. It never reaches a command of others.
/// </summary>
internal sealed class EtlPulse
{
    private EtlPulse()
    {
    }

    public static EtlPulse Instance { get; } = new();
}
