using EtlTools.Engine.Records;

namespace EtlTools.Engine.DeadLetters;

/// <summary>Which dead letters are read back.</summary>
internal sealed record DeadLetterOptions
{
    /// <summary>Selects the letters to read back; called on any thread. Default: all.</summary>
    public Func<DeadLetter, bool> Filter { get; init; } = _ => true;
}
