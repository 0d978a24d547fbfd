namespace EtlTools.Engine.Extract.Json;

/// <summary>Reads the name before a member's value.</summary>
internal static class JsonMemberName
{
    /// <summary>Reads a name and the colon after it.</summary>
    /// <param name="bytes">The bytes from the name's first quote on, as far as they are there.</param>
    /// <param name="nameLength">The bytes between the quotes.</param>
    /// <param name="length">The bytes up to the value.</param>
    /// <param name="isBroken">Whether it cannot be a name, whatever follows.</param>
    /// <returns>False if more input is needed first, or it is broken.</returns>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out int nameLength, out int length, out bool isBroken)
    {
        nameLength = length = 0;
        isBroken = bytes[0] != '"';
        int at = 1;
        while (!isBroken && at < bytes.Length && bytes[at] != '"')
            at += bytes[at] == '\\' ? 2 : 1;
        if (isBroken || at >= bytes.Length)
            return false;
        nameLength = at - 1;
        int colon = Next(bytes, at + 1);
        isBroken = colon < bytes.Length && bytes[colon] != ':';
        if (isBroken || colon >= bytes.Length)
            return false;
        length = Next(bytes, colon + 1);
        return length < bytes.Length;
    }

    private static int Next(ReadOnlySpan<byte> bytes, int from)
    {
        int first = bytes[from..].IndexOfAnyExcept(" \t\r\n"u8);
        return first < 0 ? bytes.Length : from + first;
    }
}
