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
            target[written++] = raw[at + 1] switch
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
            raw = raw[(at + 2)..];
        }
    }
}
