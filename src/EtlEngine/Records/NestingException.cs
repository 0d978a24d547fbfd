namespace EtlTools.Engine.Records;

/// <summary>An object is nested deeper than JSON allows here, or contains itself.</summary>
internal sealed class NestingException : Exception
{
    /// <summary>Creates the exception; its message contains no value.</summary>
    public NestingException()
        : base($"It is nested deeper than {JsonValue.MaxDepth} levels, or inside itself.")
    {
    }
}
