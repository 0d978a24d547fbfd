namespace EtlTools.Cmdlets.Pipeline;

/// <summary>
/// An object that an idle source sends to the Etl command directly after it, so that finished records do not wait for the next input
/// record. Other commands never receive it.
/// </summary>
internal sealed class EtlPulse
{
    private EtlPulse(bool settles) => Settles = settles;

    /// <summary>Repeated while the source is idle: finished records are passed on.</summary>
    public static EtlPulse Beat { get; } = new(false);

    /// <summary>Sent once, because the source is a foreign command: records in work are awaited, and then passed on.</summary>
    public static EtlPulse Settle { get; } = new(true);

    public bool Settles { get; }
}
