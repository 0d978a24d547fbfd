using System.Text;

namespace EtlTools.Engine.Extract.Csv;

/// <summary>Refuses invalid options before anything is read.</summary>
internal static class CsvChecks
{
    public static void Check(CsvOptions options)
    {
        CheckMarks(options);
        options.Conversion.Validate();
        if (options.SkipRows < 0)
            throw Invalid("-SkipRows must be 0 or more.");
        if (options.SkipLast < 0)
            throw Invalid("-SkipLast must be 0 or more.");
        if (options.SkipAfterHeader < 0)
            throw Invalid("-SkipAfterHeader must be 0 or more.");
        if (!options.NeedsHeader && (options.HeaderPattern is not null || options.SkipRepeatedHeader))
            throw Invalid($"{(options.SkipRepeatedHeader ? "-SkipRepeatedHeader" : "-HeaderPattern")} needs a header in the file; it cannot be used together with -Header or -NoHeader.");
        if (options.MaxFieldBytes is < 1 or > CsvOptions.LargestMaxFieldBytes)
            throw Invalid($"-MaxFieldBytes must be between 1 and {CsvOptions.LargestMaxFieldBytes}.");
        if (options.MaxDecompressedBytes < 0)
            throw Invalid("-MaxDecompressedBytes must be 0 or more.");
        if (options.Header is not null)
        {
            if (options.NoHeader)
                throw Invalid("-Header and -NoHeader cannot be used together.");
            if (options.Header.Count == 0)
                throw Invalid("-Header must have at least one name.");
            CheckNames(options.Header, "Header");
        }
        CheckNames(options.Columns, "Column");
        CheckNames(options.IdColumns, "IdColumn");
        CheckNames([.. options.Rename.Values], "Rename");
    }

    private static void CheckMarks(CsvOptions options)
    {
        CheckDelimiter(options);
        char?[] marks = [options.Quote, options.Escape, options.Comment];
        string[] names = ["Quote", "Escape", "Comment"];
        for (int i = 0; i < marks.Length; i++)
        {
            if (marks[i] is '\r' or '\n')
                throw Invalid($"-{names[i]} cannot be a line end.");
            if (marks[i] is { } mark && char.IsSurrogate(mark))
                throw Invalid($"-{names[i]} must be one character of the basic multilingual plane.");
            for (int j = 0; j < i; j++)
            {
                bool isQuoteItself = (names[j], names[i]) == ("Quote", "Escape");
                if (marks[i] is not null && marks[i] == marks[j] && !isQuoteItself)
                    throw Invalid($"-{names[j]} and -{names[i]} cannot be the same character.");
            }
        }
        if (options.Quote is > '\x7F')
            throw Invalid("-Quote must be an ASCII character.");
        if (options.Escape is > '\x7F')
            throw Invalid("-Escape must be an ASCII character.");
    }

    private static void CheckDelimiter(CsvOptions options)
    {
        if (options.Delimiter is not { } delimiter)
            return;
        if (delimiter.Length is 0 or > CsvOptions.MaxDelimiterLength)
            throw Invalid($"-Delimiter must be one character, or a text of at most {CsvOptions.MaxDelimiterLength} characters.");
        if (delimiter.AsSpan().ContainsAny('\r', '\n'))
            throw Invalid("-Delimiter cannot be or contain a line end.");
        if (delimiter.EnumerateRunes().Contains(Rune.ReplacementChar))
            throw Invalid("-Delimiter has the character U+FFFD, or half a surrogate pair, which no valid text has.");
        CheckApart(options.Quote, "Quote", delimiter);
        CheckApart(options.Escape, "Escape", delimiter);
        // Only at the beginning of the delimiter, because a row with an empty first field begins with it.
        CheckApart(options.Comment, "Comment", delimiter[..1]);
    }

    private static void CheckApart(char? mark, string name, string delimiter)
    {
        if (mark is { } given && delimiter.Contains(given))
            throw Invalid($"-Delimiter and -{name} cannot {(delimiter.Length == 1 ? "be the same character" : $"have the same character{(name == "Quote" ? ": use -Quote '' where the fields have no quotes of their own" : "")}")}.");
    }

    private static void CheckNames(IReadOnlyList<string> names, string parameter)
    {
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (string name in names)
        {
            if (string.IsNullOrWhiteSpace(name))
                throw Invalid($"-{parameter} has an empty name.");
            if (!seen.Add(name))
                throw Invalid($"-{parameter} has the name '{name}' twice.");
        }
    }

    private static EtlException Invalid(string message) =>
        new(FailureCodes.InvalidParameter, FailureKind.InvalidCall, message);
}
