using System.Text;

namespace EtlTools.Engine.Extract.Csv;

/// <summary>Refuses a file whose rows are not split by the delimiter, but would be by another one.</summary>
internal static class CsvWrongDelimiter
{
    private const int ShownLength = 100;

    /// <summary>Checks the first row.</summary>
    /// <param name="file">The file's name.</param>
    /// <param name="row">The row, which is a single field.</param>
    /// <param name="behind">The bytes read so far of the rows after it.</param>
    /// <param name="isAll">Whether no more rows follow those.</param>
    /// <param name="options">The special characters.</param>
    /// <param name="width">The expected number of fields; 0 if unknown.</param>
    /// <exception cref="EtlException">The file has fields with another delimiter.</exception>
    public static void Check(string file, string row, ReadOnlySpan<byte> behind, bool isAll, CsvOptions options, int width)
    {
        ReadOnlySpan<byte> whole = behind[..Math.Min(behind.Length, DelimiterGuess.HeadBytes)];
        isAll &= whole.Length == behind.Length;
        if (!isAll)
            whole = whole[..(whole.LastIndexOfAny((byte)'\r', (byte)'\n') + 1)];
        if (DelimiterGuess.Missed($"{row}\n{Encoding.UTF8.GetString(whole)}", isAll, options, width) is not { } missed)
            return;
        string shown = width > 0 ? "The first row is one field" : $"Its only column is '{(row.Length > ShownLength ? row[..ShownLength] + "…" : row)}'";
        string given = options.Delimiter is { } delimiter ? $"-Delimiter {Shown(delimiter)}" : "the delimiter that was found";
        throw new EtlException(
            FailureCodes.WrongDelimiter, FailureKind.InvalidData,
            $"{file}: {given} is not what separates the fields. {shown}. Use -Delimiter {Shown(missed)} or -Delimiter Auto. If the file really has only one column, use -SkipRows 1 and name the column with -Header.");
    }

    /// <summary>A delimiter as a user types it.</summary>
    public static string Shown(string delimiter) => delimiter == "\t" ? "Tab" : $"'{delimiter}'";
}
