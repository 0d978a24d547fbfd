using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace EtlTools.Tests.Tds;

/// <summary>Writes a message's fields.</summary>
internal sealed class TdsWriter
{
    private readonly ArrayBufferWriter<byte> _bytes = new();

    public byte[] ToArray() => _bytes.WrittenSpan.ToArray();

    public TdsWriter Byte(int value) => Bytes([(byte)value]);

    public TdsWriter Bytes(ReadOnlySpan<byte> bytes)
    {
        _bytes.Write(bytes);
        return this;
    }

    public TdsWriter UInt16(int value)
    {
        Span<byte> bytes = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, (ushort)value);
        return Bytes(bytes);
    }

    public TdsWriter UInt16BigEndian(int value)
    {
        Span<byte> bytes = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, (ushort)value);
        return Bytes(bytes);
    }

    public TdsWriter Int32(int value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        return Bytes(bytes);
    }

    public TdsWriter Int64(long value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        return Bytes(bytes);
    }

    public TdsWriter Text(string text) => Bytes(Encoding.Unicode.GetBytes(text));

    public TdsWriter ShortText(string text) => Byte(text.Length).Text(text);

    public TdsWriter LongText(string text) => UInt16(text.Length).Text(text);

    /// <summary>A token whose length, in two bytes, comes before its fields.</summary>
    public TdsWriter Sized(byte token, Action<TdsWriter> write)
    {
        var fields = new TdsWriter();
        write(fields);
        byte[] bytes = fields.ToArray();
        return Byte(token).UInt16(bytes.Length).Bytes(bytes);
    }
}
