namespace EtlTools.Engine.DeadLetters;

/// <summary>A line is not a dead letter, or its data is damaged.</summary>
/// <param name="why">Why, as a clause without values.</param>
/// <param name="column">The column at fault, where it is one.</param>
/// <param name="inner">What says so.</param>
internal sealed class MalformedLetterException(string why, string? column = null, Exception? inner = null) : Exception(why, inner)
{
    public string? Column => column;
}
