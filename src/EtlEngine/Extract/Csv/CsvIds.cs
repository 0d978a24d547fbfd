using EtlTools.Engine.Records;

namespace EtlTools.Engine.Extract.Csv;

/// <summary>The identity of a record, from its own columns.</summary>
internal static class CsvIds
{
    private const char Separator = '|';

    /// <summary>The values of the columns, one after another; null if there are none, or one is empty.</summary>
    public static string? Of(CsvBlock block, int row, int[] columns)
    {
        if (columns.Length == 0)
            return null;
        string[] texts = new string[columns.Length];
        for (int i = 0; i < columns.Length; i++)
        {
            texts[i] = InvariantText.Of(block.GetValue(row, columns[i]));
            if (texts[i].Length == 0)
                return null;
        }
        return columns.Length == 1 ? texts[0] : string.Join(Separator, texts.Select(Escaped));
    }

    // Escaped, so that two different rows never have the same identity.
    private static string Escaped(string text) =>
        text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("|", "\\|", StringComparison.Ordinal);
}
