using System.Text;

namespace EtlTools.Engine.Extract.Csv;

/// <summary>Refuses a file whose rows stay whole under a delimiter, and have fields under another.</summary>
internal static class CsvWrongDelimiter
{
    private const int ShownLength = 100;

    /// <summary>Looks at the first row.</summary>
    /// <param name="file">The file's name.</param>
    /// <param name="row">The row, which is one field.</param>
    /// <param name="behind">What has been read of the rows behind it.</param>
    /// <param name="isAll">Whether no more rows come behind those.</param>
    /// <param name="options">The marks.</param>
    /// <param name="width">How many fields there should be; 0 for any number of them.</param>
    /// <exception cref="EtlException">It has fields under another delimiter.</exception>
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

    /// <summary>A delimiter as one types it.</summary>
    public static string Shown(string delimiter) => delimiter == "\t" ? "Tab" : $"'{delimiter}'";
}
