using EtlTools.Engine.Records;

namespace EtlTools.Engine.Extract.Json;

/// <summary>What a value is.</summary>
internal enum JsonCellKind : byte
{
    Null,
    False,
    True,
    Number,

    /// <summary>A text whose bytes are the value as they stand.</summary>
    Text,

    /// <summary>A text with escapes in it.</summary>
    EscapedText,

    /// <summary>An object or an array.</summary>
    Nested,
}

/// <summary>Where a value stands in its item, a text without its quotes.</summary>
internal readonly record struct JsonCell(int Start, int Length, JsonCellKind Kind);

/// <summary>Why an item is not a record.</summary>
internal enum JsonFault : byte
{
    None,
    Invalid,
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
    /// <summary>Where it begins in the chunk's bytes.</summary>
    public int Start;

    /// <summary>Its length in the chunk's bytes, which for an item that is too large is a part of it.</summary>
    public int Length;

    /// <summary>The bytes before it that belong to it: its name, where it is a member of an object.</summary>
    public int Lead;

    /// <summary>Its offset in the text.</summary>
    public long Offset;

    /// <summary>Its line, from 1; 0 if it is not one of lines.</summary>
    public long Line;

    /// <summary>The place of its first cell among the chunk's.</summary>
    public int FirstCell;

    /// <summary>Its columns; null if it is not a record.</summary>
    public JsonShape? Shape;

    /// <summary>Why it is not a record.</summary>
    public JsonFault Fault;

    /// <summary>Whether the text ended in its line, before the line's end.</summary>
    public bool IsUnfinished;

    /// <summary>For an invalid item the offset in the text at which it stops being JSON.</summary>
    public long FaultOffset;

    /// <summary>For an item that has a name twice, that name.</summary>
    public string? FaultName;

    /// <summary>The hash of its bytes; 0 where only a part of them was kept.</summary>
    public static uint HashOf(in JsonRow row, byte[] bytes) => row.Fault == JsonFault.TooLarge || (row.Fault != JsonFault.None && row.Line == 0)
        ? 0
        : SourceCheck.HashOf(bytes.AsSpan(row.Start, row.Length));
}
