namespace EtlTools.Engine.Extract.Json;

/// <summary>How items stand in a JSON text.</summary>
internal enum JsonLayout
{
    /// <summary>One document with an array of items in it.</summary>
    Json,

    /// <summary>An item a line.</summary>
    JsonLines,
}

/// <summary>What stands at the path of the items.</summary>
internal enum JsonItemShape
{
    /// <summary>A list of items.</summary>
    List,

    /// <summary>One object, which is the item.</summary>
    Object,

    /// <summary>An object whose members are the items.</summary>
    Map,
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

    /// <summary>Whether <see cref="ItemPath"/> is a guess that nobody has made for these documents: one that is a list itself is its items.</summary>
    public bool IsItemPathGuessed { get; init; }

    /// <summary>What stands there. Default: a list of items.</summary>
    public JsonItemShape ItemShape { get; init; }

    /// <summary>The column for the name that an item of <see cref="JsonItemShape.Map"/> has. Default <c>key</c>.</summary>
    public string KeyColumn { get; init; } = "key";

    /// <summary>The columns of items that are lists of values; empty, the default, for items that are objects.</summary>
    public IReadOnlyList<string> RowColumns { get; init; } = [];

    /// <summary>Values outside the items that are kept, such as the next page's cursor. Default none.</summary>
    public IReadOnlyList<JsonPath> WatchedPaths { get; init; } = [];

    /// <summary>Whether a text with nothing in it has no items, as an answer without content. Default false: it is not JSON.</summary>
    public bool AllowsNothing { get; init; }

    /// <summary>Whether more objects may follow the first one of a document that is an item itself. Default false.</summary>
    public bool AllowsMore { get; init; }

    /// <summary>What happens to an item that has a name twice. Default: it is a failed record.</summary>
    public JsonDuplicateNames DuplicateNames { get; init; }

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
        if (RowColumns.Distinct(StringComparer.OrdinalIgnoreCase).Count() < RowColumns.Count || RowColumns.Contains(""))
            throw new EtlException(FailureCodes.InvalidParameter, FailureKind.InvalidCall, "-RowColumn has an empty name or the same name twice; column names are compared without case.");
        return this;
    }
}
