using EtlTools.Engine.Records;

namespace EtlTools.Engine.Extract.Json;

/// <summary>What a value is.</summary>
internal enum JsonCellKind : byte
{
    Null,
    False,
    True,
    Number,

    /// <summary>A text whose bytes are its value.</summary>
    Text,

    /// <summary>A text with escapes.</summary>
    EscapedText,

    /// <summary>An object or an array.</summary>
    Nested,
}

/// <summary>The position of a value in its item; of a text without its quotes.</summary>
internal readonly record struct JsonCell(int Start, int Length, JsonCellKind Kind);

/// <summary>Why an item is not a record.</summary>
internal enum JsonFault : byte
{
    None,
    Invalid,

    /// <summary>A comma behind an item that is alone on its line.</summary>
    CommaBehind,

    /// <summary>Something else behind an item that is alone on its line.</summary>
    MoreBehind,

    NotAnObject,
    TooLarge,
    InvalidBytes,
    DuplicateName,
    EmptyName,
    TooFewFields,
    TooManyFields,
}

/// <summary>An item of a chunk.</summary>
internal struct JsonRow
{
    /// <summary>Its beginning in the chunk's bytes.</summary>
    public int Start;

    /// <summary>Its length in the chunk's bytes; an item that is too large is not complete there.</summary>
    public int Length;

    /// <summary>The preceding bytes that belong to it: its name, if it is a member of an object.</summary>
    public int Lead;

    /// <summary>Its offset in the text.</summary>
    public long Offset;

    /// <summary>Its line, from 1; 0 if items are not on lines.</summary>
    public long Line;

    /// <summary>The index of its first cell in the chunk.</summary>
    public int FirstCell;

    /// <summary>Its columns; null if it is not a record.</summary>
    public JsonShape? Shape;

    /// <summary>Why it is not a record.</summary>
    public JsonFault Fault;

    /// <summary>Whether the text ended in its line, without a line end.</summary>
    public bool IsUnfinished;

    /// <summary>For an invalid item, the offset in the text of the first invalid byte.</summary>
    public long FaultOffset;

    /// <summary>For an item with a duplicate name, that name.</summary>
    public string? FaultName;

    /// <summary>The hash of its bytes; 0 if only a part of them was kept.</summary>
    public static uint HashOf(in JsonRow row, byte[] bytes) => row.Fault == JsonFault.TooLarge || (row.Fault != JsonFault.None && row.Line == 0)
        ? 0
        : SourceCheck.HashOf(bytes.AsSpan(row.Start, row.Length));
}
