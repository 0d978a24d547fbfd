namespace EtlTools.Engine.Extract.Json;

/// <summary>Why a text cannot be read any further.</summary>
internal enum JsonTextFault
{
    /// <summary>It is not JSON from some byte on.</summary>
    Invalid,

    /// <summary>It ends in the middle.</summary>
    Truncated,

    /// <summary>It begins like HTML or XML.</summary>
    Markup,

    /// <summary>It is compressed.</summary>
    Compressed,

    /// <summary>It is in UTF-16 or UTF-32.</summary>
    NotUtf8,

    /// <summary>The items were not found.</summary>
    ItemsMissing,

    /// <summary>The document around the items has a value that is too large.</summary>
    TooLarge,
}

/// <summary>A text that cannot be read any further. The message is a sentence about the text, without its name.</summary>
internal sealed class JsonTextException(JsonTextFault fault, long offset, string message, Exception? inner = null) : Exception(message, inner)
{
    public JsonTextFault Fault => fault;

    /// <summary>The offset of the error, in bytes.</summary>
    public long Offset => offset;

    /// <summary>Whether there is nothing where the items should be, as where an empty list is left out.</summary>
    public bool IsNothingThere { get; init; }

    /// <summary>Whether the message says where the items are.</summary>
    public bool SaysWhere { get; init; }

    /// <summary>The text ends prematurely.</summary>
    public static JsonTextException Truncated(long offset, Exception? inner = null) =>
        new(JsonTextFault.Truncated, offset, $"It ends in the middle, after {offset} bytes.", inner);

    /// <summary>From an offset on, the text is not JSON.</summary>
    public static JsonTextException Invalid(long offset, Exception? inner = null, string more = "") =>
        new(JsonTextFault.Invalid, offset, $"It is not valid JSON at byte {offset}{more}.", inner);
}
