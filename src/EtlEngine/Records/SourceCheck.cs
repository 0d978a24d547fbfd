using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace EtlTools.Engine.Records;

/// <summary>
/// What stands before a position in a source: the hashes of some records up to and including the one there, folded into one. A
/// source whose beginning is the same as ever may have been replaced all the same; this tells.
/// </summary>
/// <param name="Start">The offset of the first of these records.</param>
/// <param name="Line">Its line; 0 if the source has no lines.</param>
/// <param name="Hash">Their hashes, folded.</param>
internal readonly record struct SourceCheck(long Start, long Line, uint Hash)
{
    /// <summary>Reads what <see cref="ToString"/> wrote; null for anything else.</summary>
    public static SourceCheck? Parse(string text) =>
        text.Split('/') is [var start, var line, var hash]
        && long.TryParse(start, NumberStyles.None, CultureInfo.InvariantCulture, out long from)
        && long.TryParse(line, NumberStyles.None, CultureInfo.InvariantCulture, out long at)
        && uint.TryParse(hash, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint value)
            ? new SourceCheck(from, at, value)
            : null;

    /// <summary>The hash of a record's bytes, CRC-32C.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static uint HashOf(ReadOnlySpan<byte> record)
    {
        uint hash = 0;
        foreach (ulong eight in MemoryMarshal.Cast<byte, ulong>(record))
            hash = BitOperations.Crc32C(hash, BitConverter.IsLittleEndian ? eight : BinaryPrimitives.ReverseEndianness(eight));
        foreach (byte rest in record[^(record.Length % sizeof(ulong))..])
            hash = BitOperations.Crc32C(hash, rest);
        return hash;
    }

    /// <summary>The check with one record more.</summary>
    public SourceCheck With(uint record) => this with { Hash = BitOperations.Crc32C(Hash, record) };

    /// <summary>The form in which it is stored: <c>61440/812/1a2b3c4d</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Start}/{Line}/{Hash:x8}");
}
