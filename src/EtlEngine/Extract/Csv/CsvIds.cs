using EtlTools.Engine.Records;

namespace EtlTools.Engine.Extract.Csv;

/// <summary>A record's identity out of its own columns.</summary>
internal static class CsvIds
{
    private const char Separator = '|';

    /// <summary>The values of the columns, one after another; null if there are none, or any of them is empty.</summary>
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

    // So that two different rows never have one identity.
    private static string Escaped(string text) =>
        text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("|", "\\|", StringComparison.Ordinal);
}
