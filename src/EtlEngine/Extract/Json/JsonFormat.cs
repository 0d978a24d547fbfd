namespace EtlTools.Engine.Extract.Json;

/// <summary>How items stand in a JSON text.</summary>
internal enum JsonLayout
{
    /// <summary>One document with an array of items in it.</summary>
    Json,

    /// <summary>An item a line.</summary>
    JsonLines,
}

/// <summary>How JSON is read. Immutable; validated once, by the source.</summary>
internal sealed record JsonFormat
{
    /// <summary>The default of <see cref="MaxItemBytes"/>: 16 MiB.</summary>
    public const int DefaultMaxItemBytes = 16 * 1024 * 1024;

    /// <summary>The largest <see cref="MaxItemBytes"/>: 256 MiB, since an item must fit in one array.</summary>
    public const int LargestMaxItemBytes = 256 * 1024 * 1024;

    /// <summary>How items stand in the text. Default: one document.</summary>
    public JsonLayout Layout { get; init; }

    /// <summary>Where the items are: names with dots between, or <c>$</c> for the document itself.</summary>
    public JsonPath ItemPath { get; init; } = JsonPath.Root;

    /// <summary>A value outside the items that is kept, such as the next page's cursor; null for none.</summary>
    public JsonPath? WatchedPath { get; init; }

    /// <summary>Whether the members of nested objects become columns of their own, with dotted names. Default false.</summary>
    public bool Flatten { get; init; }

    /// <summary>The longest item, in bytes; longer ones are failed records. Default 16 MiB.</summary>
    public int MaxItemBytes { get; init; } = DefaultMaxItemBytes;

    /// <summary>Throws when the options cannot work.</summary>
    /// <exception cref="EtlException">What to change.</exception>
    public JsonFormat Validate()
    {
        if (MaxItemBytes is < 1 or > LargestMaxItemBytes)
            throw new EtlException(FailureCodes.InvalidParameter, FailureKind.InvalidCall, $"-MaxItemBytes must be between 1 and {LargestMaxItemBytes}.");
        return this;
    }
}
