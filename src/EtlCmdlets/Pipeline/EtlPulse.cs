namespace EtlTools.Cmdlets.Pipeline;

/// <summary>
/// What a source with nothing to give sends to the Etl command right after it, so that finished records do not wait for
/// the next one. It never reaches a command of others.
/// </summary>
internal sealed class EtlPulse
{
    private EtlPulse(bool settles) => Settles = settles;

    /// <summary>One of several while the source is silent: what is finished goes on.</summary>
    public static EtlPulse Beat { get; } = new(false);

    /// <summary>The only one, since the source is a foreign command: what is in work is waited for, and then goes on.</summary>
    public static EtlPulse Settle { get; } = new(true);

    public bool Settles { get; }
}
