using System.Text;

namespace EtlTools.Tests.Tds;

/// <summary>What a client logged in with ([MS-TDS] 2.2.6.4).</summary>
public sealed record LoginRequest
{
    /// <summary>The name of the login; empty with integrated security and tokens.</summary>
    public required string User { get; init; }

    /// <summary>The password as the client sent it.</summary>
    public required string Password { get; init; }

    /// <summary>The program's name.</summary>
    public required string Application { get; init; }

    /// <summary>The server's name as the client has it.</summary>
    public required string Server { get; init; }

    /// <summary>The database asked for.</summary>
    public required string Database { get; init; }

    /// <summary>The access token, or null.</summary>
    public string? Token { get; init; }

    /// <summary>Whether the login came over TLS.</summary>
    public bool Encrypted { get; init; }

    private const byte FedAuthFeature = 0x02;
    private const byte NoMoreFeatures = 0xFF;
    private const byte HasFeatures = 0x10;

    internal int PacketSize { get; init; }

    internal static LoginRequest Read(byte[] data, bool encrypted)
    {
        var reader = new TdsReader(data) { Position = 8 };
        int packetSize = reader.Int32();
        reader.Position = 27;
        bool hasFeatures = (reader.Byte() & HasFeatures) != 0;
        (int features, _) = Place(reader, 56);
        return new LoginRequest
        {
            User = Text(reader, 40),
            Password = Unscramble(reader, 44),
            Application = Text(reader, 48),
            Server = Text(reader, 52),
            Database = Text(reader, 68),
            Token = hasFeatures ? ReadToken(reader, features) : null,
            Encrypted = encrypted,
            PacketSize = packetSize,
        };
    }

    private static (int Offset, int Length) Place(TdsReader reader, int at)
    {
        reader.Position = at;
        return (reader.UInt16(), reader.UInt16());
    }

    private static string Text(TdsReader reader, int at)
    {
        (int offset, int length) = Place(reader, at);
        reader.Position = offset;
        return reader.Text(length);
    }

    /// <summary>A password's bytes have their halves swapped and are then XORed.</summary>
    private static string Unscramble(TdsReader reader, int at)
    {
        (int offset, int length) = Place(reader, at);
        reader.Position = offset;
        byte[] bytes = reader.Bytes(length * 2).ToArray();
        for (int i = 0; i < bytes.Length; i++)
        {
            int plain = bytes[i] ^ 0xA5;
            bytes[i] = (byte)((plain << 4) | (plain >> 4));
        }
        return Encoding.Unicode.GetString(bytes);
    }

    private static string? ReadToken(TdsReader reader, int pointer)
    {
        reader.Position = pointer;
        reader.Position = reader.Int32();
        while (reader.Byte() is byte feature && feature != NoMoreFeatures)
        {
            int next = reader.Int32();
            next += reader.Position;
            if (feature == FedAuthFeature)
            {
                reader.Byte();
                return Encoding.Unicode.GetString(reader.Bytes(reader.Int32()));
            }
            reader.Position = next;
        }
        return null;
    }
}
