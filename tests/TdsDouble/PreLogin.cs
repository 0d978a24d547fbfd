namespace EtlTools.Tests.Tds;

/// <summary>The first exchange ([MS-TDS] 2.2.6.5): what the client offers and what the double answers.</summary>
internal static class PreLogin
{
    /// <summary>No encryption at all.</summary>
    public const byte EncryptNotSupported = 2;

    /// <summary>Everything encrypted.</summary>
    public const byte EncryptOn = 1;

    private const byte Version = 0;
    private const byte Encryption = 1;
    private const byte Instance = 2;
    private const byte ThreadId = 3;
    private const byte Mars = 4;
    private const byte FedAuthRequired = 6;
    private const byte Terminator = 0xFF;
    private const int EntrySize = 5;

    /// <summary>The answer.</summary>
    public static byte[] Answer(byte[] request, byte encryption)
    {
        var options = new List<(byte Token, byte[] Data)>
        {
            (Version, [16, 0, 0x10, 0, 0, 0]),
            (Encryption, [encryption]),
            (Instance, [0]),
            (ThreadId, []),
            (Mars, [0]),
        };
        if (Asks(request, FedAuthRequired))
            options.Add((FedAuthRequired, [1]));
        var answer = new TdsWriter();
        int offset = (options.Count * EntrySize) + 1;
        foreach ((byte token, byte[] data) in options)
        {
            answer.Byte(token).UInt16BigEndian(offset).UInt16BigEndian(data.Length);
            offset += data.Length;
        }
        answer.Byte(Terminator);
        options.ForEach(option => answer.Bytes(option.Data));
        return answer.ToArray();
    }

    private static bool Asks(byte[] request, byte wanted)
    {
        for (int at = 0; request[at] != Terminator; at += EntrySize)
        {
            if (request[at] == wanted)
                return true;
        }
        return false;
    }
}
