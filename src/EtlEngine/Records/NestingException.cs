namespace EtlTools.Engine.Records;

/// <summary>An object is nested deeper than JSON is read, or inside itself.</summary>
internal sealed class NestingException : Exception
{
    /// <summary>Makes the exception; its message holds no value.</summary>
    public NestingException()
        : base($"It is nested deeper than {JsonValue.MaxDepth} levels, or inside itself.")
    {
    }
}
