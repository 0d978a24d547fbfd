using System.Text;

namespace Microsoft.PowerShell.Commands;

/// <summary>Lines and records of CSV text as the Csv commands write and read them.</summary>
internal static class CsvText
{
    public static string Line(IEnumerable<string?> values, char delimiter, string quotes)
        => string.Join(delimiter, values.Select(v => Field(v, delimiter, quotes)));

    /// <summary>The records; blank lines are none, and an unquoted field is trimmed of nothing.</summary>
    public static IEnumerable<string?[]> Records(TextReader text, char delimiter)
    {
        var fields = new List<string?>();
        var field = new StringBuilder();
        while (text.Peek() >= 0)
        {
            bool quoted = ReadField(text, delimiter, field, out int end);
            fields.Add(field.ToString());
            if (end == delimiter)
                continue;
            if (fields.Count > 1 || quoted || field.Length > 0)
                yield return [.. fields];
            fields.Clear();
        }

        if (fields.Count > 0)
            yield return [.. fields, ""];
    }

    private static string? Field(string? value, char delimiter, string quotes)
    {
        if (value is null)
            return null;
        bool needsQuotes = value.AsSpan().IndexOfAny([delimiter, '"', '\n', '\r']) >= 0;
        return quotes == "Always" || (quotes == "AsNeeded" && needsQuotes)
            ? $"\"{value.Replace("\"", "\"\"", StringComparison.Ordinal)}\""
            : value;
    }

    private static bool ReadField(TextReader text, char delimiter, StringBuilder field, out int end)
    {
        field.Clear();
        bool inside = false;
        bool quoted = false;
        while ((end = text.Read()) >= 0)
        {
            if (end == '"' && (inside || field.Length == 0))
            {
                if (inside && text.Peek() == '"')
                    field.Append((char)text.Read());
                else
                    inside = !inside;
                quoted = true;
            }
            else if (!inside && (end == delimiter || end == '\n'))
            {
                break;
            }
            else if (inside || end != '\r')
            {
                field.Append((char)end);
            }
        }

        return quoted;
    }
}
