using EtlTools.Engine.Records;

namespace EtlTools.Engine.DeadLetters;

/// <summary>Which dead letters are read back.</summary>
internal sealed record DeadLetterOptions
{
    /// <summary>The letters to give back, by what they say; any thread. Default all.</summary>
    public Func<DeadLetter, bool> Filter { get; init; } = _ => true;
}
