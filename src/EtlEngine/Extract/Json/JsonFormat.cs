namespace EtlTools.Engine.Extract.Json;

/// <summary>The layout of items in a JSON text.</summary>
internal enum JsonLayout
{
    /// <summary>One document with an array of items in it.</summary>
    Json,

    /// <summary>One item on each line.</summary>
    JsonLines,
}

/// <summary>What is at the path of the items.</summary>
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

    /// <summary>The largest <see cref="MaxItemBytes"/>: 256 MiB, because an item must fit in one array.</summary>
    public const int LargestMaxItemBytes = 256 * 1024 * 1024;

    /// <summary>The layout of the items. Default: one document.</summary>
    public JsonLayout Layout { get; init; }

    /// <summary>The path of the items: names with dots between, or <c>$</c> for the document itself.</summary>
    public JsonPath ItemPath { get; init; } = JsonPath.Root;

    /// <summary>Whether <see cref="ItemPath"/> is a default and not the user's choice; if the document itself is a list, its elements are
    /// then the items.</summary>
    public bool IsItemPathGuessed { get; init; }

    /// <summary>What is there. Default: a list of items.</summary>
    public JsonItemShape ItemShape { get; init; }

    /// <summary>The column for the name that an item of <see cref="JsonItemShape.Map"/> has. Default <c>key</c>.</summary>
    public string KeyColumn { get; init; } = "key";

    /// <summary>The columns of items that are lists of values, or the one column of plain values; empty for items that are objects, null, the
    /// default, where the command reads no others.</summary>
    public IReadOnlyList<string>? RowColumns { get; init; }

    /// <summary>Values outside the items to keep, such as the next page's cursor. Default none.</summary>
    public IReadOnlyList<JsonPath> WatchedPaths { get; init; } = [];

    /// <summary>Whether an empty text, or a document that is null, has no items, like an answer without content. Default false: an error.</summary>
    public bool AllowsNothing { get; init; }

    /// <summary>Whether a document without anything at the path of the items has no items. Default false: an error.</summary>
    public bool AllowsMissing { get; init; }

    /// <summary>Whether more objects may follow a document that is itself an item. Default false.</summary>
    public bool AllowsMore { get; init; }

    /// <summary>What happens to an item that has a name twice. Default: it is a failed record.</summary>
    public JsonDuplicateNames DuplicateNames { get; init; }

    /// <summary>Whether the members of nested objects become columns of their own, with dotted names. Default false.</summary>
    public bool Flatten { get; init; }

    /// <summary>The longest item, in bytes; longer ones are failed records. Default 16 MiB.</summary>
    public int MaxItemBytes { get; init; } = DefaultMaxItemBytes;

    /// <summary>Whether a path leads into the last item, which is not kept with the document around the items. Where the path of the items is
    /// a guess, the document itself may be their list.</summary>
    public bool IsOfLastItem(JsonPath path) => path.IsOfLastAt(ItemPath) || (IsItemPathGuessed && path.IsOfLastAt(JsonPath.Root));

    /// <summary>Throws if an option is not valid.</summary>
    /// <exception cref="EtlException">Says what to change.</exception>
    public JsonFormat Validate()
    {
        if (MaxItemBytes is < 1 or > LargestMaxItemBytes)
            throw new EtlException(FailureCodes.InvalidParameter, FailureKind.InvalidCall, $"-MaxItemBytes must be between 1 and {LargestMaxItemBytes}.");
        if (RowColumns is not null && (RowColumns.Distinct(StringComparer.OrdinalIgnoreCase).Count() < RowColumns.Count || RowColumns.Contains("")))
            throw new EtlException(FailureCodes.InvalidParameter, FailureKind.InvalidCall, "-RowColumn has an empty name or the same name twice; column names are compared without case.");
        if (Layout == JsonLayout.JsonLines && ItemPath.IsInside && !IsItemPathGuessed)
            throw new EtlException(
                FailureCodes.InvalidParameter, FailureKind.InvalidCall,
                "-ItemPath is a path in one document, and JSON lines have an item on each line. Read the lines without it, and make records of a list in them with Invoke-EtlTransform -Expand.");
        return this;
    }
}
