namespace EtlTools.Engine.Extract.Csv;

/// <summary>The escapes of PostgreSQL's COPY in text format and of mysqldump --tab.</summary>
internal static class CopyEscapes
{
    /// <summary>Writes a field's text.</summary>
    /// <param name="raw">The field as it is in the file.</param>
    /// <param name="escape">The escape character.</param>
    /// <param name="target">Room for as many bytes.</param>
    /// <returns>How many were written.</returns>
    public static int Unescape(ReadOnlySpan<byte> raw, byte escape, Span<byte> target)
    {
        int written = 0;
        while (true)
        {
            int at = raw.IndexOf(escape);
            int run = at < 0 ? raw.Length : at;
            raw[..run].CopyTo(target[written..]);
            written += run;
            // At the end of the field there is nothing to escape.
            if (at < 0 || at + 1 == raw.Length)
            {
                if (at >= 0)
                    target[written++] = escape;
                return written;
            }
            raw = raw[(at + 1)..];
            if (TryReadCode(raw, out byte code, out int length))
            {
                target[written++] = code;
                raw = raw[length..];
                continue;
            }
            target[written++] = raw[0] switch
            {
                (byte)'n' => (byte)'\n',
                (byte)'t' => (byte)'\t',
                (byte)'r' => (byte)'\r',
                (byte)'b' => (byte)'\b',
                (byte)'f' => (byte)'\f',
                (byte)'v' => (byte)'\v',
                (byte)'0' => 0,
                (byte)'Z' => 0x1A,
                byte other => other,
            };
            raw = raw[1..];
        }
    }

    /// <summary>Whether a field has codes of bytes that are no text by themselves, such as \xe9.</summary>
    /// <param name="raw">The field as it is in the file.</param>
    /// <param name="escape">The escape character.</param>
    public static bool HasCodesBeyondAscii(ReadOnlySpan<byte> raw, byte escape)
    {
        for (int at = raw.IndexOf(escape); at >= 0 && at + 1 < raw.Length; at = raw.IndexOf(escape))
        {
            raw = raw[(at + 1)..];
            bool isCode = TryReadCode(raw, out byte code, out int length);
            if (isCode && code > sbyte.MaxValue)
                return true;
            raw = raw[(isCode ? length : 1)..];
        }
        return false;
    }

    /// <summary>Reads the code of a byte behind the escape: x and one or two hexadecimal digits, or one to three octal digits. A zero is always
    /// NUL, because mysqldump writes it so in front of other digits.</summary>
    private static bool TryReadCode(ReadOnlySpan<byte> escaped, out byte code, out int length)
    {
        bool isHexadecimal = escaped[0] == 'x';
        int digits = isHexadecimal ? 1 : 0;
        int most = Math.Min(escaped.Length, 3);
        int value = 0;
        for (length = digits; length < most && DigitOf(escaped[length], isHexadecimal) is { } digit; length++)
            value = (value * (isHexadecimal ? 16 : 8)) + digit;
        code = (byte)value;
        return length > digits && escaped[0] != '0';
    }

    private static int? DigitOf(byte digit, bool isHexadecimal) => (char)digit switch
    {
        >= '0' and <= '7' => digit - '0',
        '8' or '9' when isHexadecimal => digit - '0',
        _ when isHexadecimal && char.IsAsciiHexDigit((char)digit) => (digit | 0x20) - 'a' + 10,
        _ => null,
    };
}
