using System.Buffers.Binary;
using System.Text;

namespace EtlTools.Tests.Tds;

/// <summary>Reads a message's fields.</summary>
internal sealed class TdsReader(byte[] data)
{
    private int _at;

    public bool IsAtEnd => _at >= data.Length;

    public int Position
    {
        get => _at;
        set => _at = value;
    }

    public byte Byte() => data[_at++];

    public ReadOnlySpan<byte> Bytes(int count)
    {
        ReadOnlySpan<byte> bytes = data.AsSpan(_at, count);
        _at += count;
        return bytes;
    }

    public ushort UInt16() => BinaryPrimitives.ReadUInt16LittleEndian(Bytes(2));

    public int Int32() => BinaryPrimitives.ReadInt32LittleEndian(Bytes(4));

    public long Int64() => BinaryPrimitives.ReadInt64LittleEndian(Bytes(8));

    public string Text(int chars) => Encoding.Unicode.GetString(Bytes(chars * 2));

    /// <summary>Text that a byte with its length stands before.</summary>
    public string ShortText() => Text(Byte());

    /// <summary>Passes over ALL_HEADERS.</summary>
    public void SkipHeaders() => _at += BinaryPrimitives.ReadInt32LittleEndian(data.AsSpan(_at));
}
