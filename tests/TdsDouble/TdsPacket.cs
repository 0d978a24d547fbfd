using System.Buffers.Binary;

namespace EtlTools.Tests.Tds;

/// <summary>The types of packets ([MS-TDS] 2.2.3.1.1).</summary>
internal enum PacketType : byte
{
    SqlBatch = 0x01,
    Rpc = 0x03,
    Response = 0x04,
    Attention = 0x06,
    BulkLoad = 0x07,
    Transaction = 0x0E,
    Login = 0x10,
    PreLogin = 0x12,
}

/// <summary>A packet: eight bytes of header and its data.</summary>
internal readonly record struct TdsPacket(PacketType Type, byte Status, byte[] Data)
{
    public const int HeaderSize = 8;

    private const byte EndOfMessage = 0x01;
    private const byte Ignore = 0x02;

    public bool IsLast => (Status & EndOfMessage) != 0;

    /// <summary>The client takes back the message that the packet ends.</summary>
    public bool IsIgnored => (Status & Ignore) != 0;

    /// <summary>The next packet, or null where the client has gone.</summary>
    public static async Task<TdsPacket?> ReadAsync(Stream stream)
    {
        byte[] header = new byte[HeaderSize];
        int read = await stream.ReadAtLeastAsync(header, HeaderSize, throwOnEndOfStream: false).ConfigureAwait(false);
        if (read < HeaderSize)
            return null;
        byte[] data = new byte[BinaryPrimitives.ReadUInt16BigEndian(header.AsSpan(2)) - HeaderSize];
        read = await stream.ReadAtLeastAsync(data, data.Length, throwOnEndOfStream: false).ConfigureAwait(false);
        return read < data.Length ? null : new TdsPacket((PacketType)header[0], header[1], data);
    }

    /// <summary>Writes data as one message, in packets of the size that was agreed on.</summary>
    public static async Task WriteAsync(Stream stream, PacketType type, ReadOnlyMemory<byte> message, int packetSize)
    {
        byte number = 0;
        do
        {
            int length = Math.Min(message.Length, packetSize - HeaderSize);
            byte[] packet = new byte[HeaderSize + length];
            packet[0] = (byte)type;
            packet[1] = length == message.Length ? EndOfMessage : (byte)0;
            BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), (ushort)packet.Length);
            packet[6] = ++number;
            message[..length].CopyTo(packet.AsMemory(HeaderSize));
            message = message[length..];
            await stream.WriteAsync(packet).ConfigureAwait(false);
        }
        while (!message.IsEmpty);
        await stream.FlushAsync().ConfigureAwait(false);
    }
}
