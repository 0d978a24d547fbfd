using System.Buffers;
using System.Buffers.Binary;

namespace EtlTools.Engine.Load.Postgres;

/// <summary>Bytes in PostgreSQL's binary format, growing at the end. Each value is preceded by its length.</summary>
internal sealed class PostgresBuffer
{
    private byte[] _bytes = ArrayPool<byte>.Shared.Rent(16 * 1024);

    public int Length { get; private set; }

    public ReadOnlyMemory<byte> this[Range range] => _bytes.AsMemory(range);

    public void CutTo(int length) => Length = length;

    public Span<byte> Take(int count)
    {
        if (_bytes.Length - Length < count)
            Grow(count);
        Span<byte> taken = _bytes.AsSpan(Length, count);
        Length += count;
        return taken;
    }

    /// <summary>Empties it, and passes its memory to the next buffer; memory that is not returned is simply allocated again.</summary>
    public void GiveBack()
    {
        byte[] bytes = _bytes;
        (_bytes, Length) = ([], 0);
        Return(bytes);
    }

    /// <summary>Fills in the head of a row at a position.</summary>
    public void SetRowHead(int at, short fields, int row)
    {
        Span<byte> head = _bytes.AsSpan(at);
        BinaryPrimitives.WriteInt16BigEndian(head, fields);
        BinaryPrimitives.WriteInt32BigEndian(head[2..], sizeof(int));
        BinaryPrimitives.WriteInt32BigEndian(head[6..], row);
    }

    public void WriteNull() => BinaryPrimitives.WriteInt32BigEndian(Take(4), -1);

    public void WriteBytes(ReadOnlySpan<byte> value)
    {
        Span<byte> space = Take(4 + value.Length);
        BinaryPrimitives.WriteInt32BigEndian(space, value.Length);
        value.CopyTo(space[4..]);
    }

    public void WriteBool(bool value)
    {
        Span<byte> space = Take(5);
        BinaryPrimitives.WriteInt32BigEndian(space, 1);
        space[4] = value ? (byte)1 : (byte)0;
    }

    public void WriteInt2(short value)
    {
        Span<byte> space = Take(6);
        BinaryPrimitives.WriteInt32BigEndian(space, 2);
        BinaryPrimitives.WriteInt16BigEndian(space[4..], value);
    }

    public void WriteInt4(int value)
    {
        Span<byte> space = Take(8);
        BinaryPrimitives.WriteInt32BigEndian(space, 4);
        BinaryPrimitives.WriteInt32BigEndian(space[4..], value);
    }

    public void WriteInt8(long value)
    {
        Span<byte> space = Take(12);
        BinaryPrimitives.WriteInt32BigEndian(space, 8);
        BinaryPrimitives.WriteInt64BigEndian(space[4..], value);
    }

    public void WriteUuid(Guid value)
    {
        Span<byte> space = Take(20);
        BinaryPrimitives.WriteInt32BigEndian(space, 16);
        value.TryWriteBytes(space[4..], bigEndian: true, out _);
    }

    private void Grow(int count)
    {
        byte[] larger = ArrayPool<byte>.Shared.Rent(checked((int)Math.Min(Array.MaxLength, Math.Max(2L * _bytes.Length, (long)Length + count))));
        _bytes.AsSpan(0, Length).CopyTo(larger);
        Return(_bytes);
        _bytes = larger;
    }

    private static void Return(byte[] bytes)
    {
        if (bytes.Length > 0)
            ArrayPool<byte>.Shared.Return(bytes);
    }
}
