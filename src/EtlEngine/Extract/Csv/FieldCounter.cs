using System.Text;

namespace EtlTools.Engine.Extract.Csv;

/// <summary>
/// Refuses rows of absurdly many fields before Sylvan sees them: it takes time in the square of their number.
/// </summary>
internal static class FieldCounter
{
    /// <summary>The most fields of a row.</summary>
    public const int MaxFields = 64 * 1024;

    /// <summary>Whether a row has more fields than can be parsed.</summary>
    public static bool IsTooWide(ReadOnlySpan<byte> row, char delimiter)
    {
        if (row.Length < MaxFields)
            return false;
        Span<byte> separator = stackalloc byte[3];
        separator = separator[..Encoding.UTF8.GetBytes([delimiter], separator)];
        int fields = 1;
        bool atStart = true;
        while (fields <= MaxFields && !row.IsEmpty)
        {
            // A quoted field's text may hold any number of delimiters.
            if (atStart && row[0] == (byte)CsvOptions.Quote)
            {
                int close = row[1..].IndexOf((byte)CsvOptions.Quote);
                if (close < 0)
                    return false;
                row = row[(close + 2)..];
                atStart = row.StartsWith((byte)CsvOptions.Quote);
                continue;
            }
            int next = row.IndexOf(separator);
            if (next < 0)
                return false;
            fields++;
            row = row[(next + separator.Length)..];
            atStart = true;
        }
        return fields > MaxFields;
    }
}
