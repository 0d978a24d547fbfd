namespace EtlTools.Engine.Records;

/// <summary>An object is nested deeper than JSON allows here, or contains itself.</summary>
internal sealed class NestingException : Exception
{
    /// <summary>Creates the exception; its message contains no value.</summary>
    public NestingException()
        : base($"It {Fault}.")
    {
    }

    /// <summary>The column whose value it is, where that is known.</summary>
    public string? Column { get; init; }

    /// <summary>What is wrong with the object, as the end of a sentence about it.</summary>
    public static string Fault => FormattableString.Invariant($"is nested deeper than {JsonValue.MaxDepth} levels, or inside itself");
}
