using System.Text;
using Sylvan.Data.Csv;

namespace EtlTools.Engine.Extract.Csv;

/// <summary>Finds a file's delimiter: the one with which Sylvan reads most rows of its head with the same number of fields.</summary>
internal static class DelimiterGuess
{
    /// <summary>How many bytes of the head are examined.</summary>
    public const int HeadBytes = 32 * 1024;

    private const int MaxRows = 100;

    /// <summary>The share of rows that must have as many fields as the first one for a missed delimiter; some rows may be
    /// damaged.</summary>
    private const double MissedShare = 0.8;
    private const char Usual = ',';

    /// <summary>What stands for a mark that is not in use, since Sylvan has a default for each: no text has it.</summary>
    private const char NoComment = '\uFFFF';

    /// <summary>The same for quotes, which Sylvan wants from ASCII.</summary>
    private const char NoQuote = '\u0001';

    private static readonly char[] Candidates = [Usual, ';', '\t', '|'];

    private static readonly char[] LineEnds = ['\r', '\n'];

    /// <summary>The delimiter; a comma if there is none.</summary>
    /// <param name="head">The head of the text.</param>
    /// <param name="isWhole">Whether that is all of it.</param>
    /// <param name="options">The other marks.</param>
    /// <param name="rival">Another delimiter that fits as well; null for none.</param>
    public static string Of(ReadOnlySpan<byte> head, bool isWhole, CsvOptions options, out string? rival)
    {
        rival = null;
        if (head.StartsWith(Encoding.UTF8.Preamble))
            head = head[Encoding.UTF8.Preamble.Length..];
        if (!isWhole)
            head = head[..(head.LastIndexOfAny((byte)'\r', (byte)'\n') + 1)];
        string text = WithoutLines(Encoding.UTF8.GetString(head), options.SkipRows);
        (char Delimiter, double Share, int Width)[] fitting = [.. CandidatesFor(options)
            .Select(candidate => (Candidate: candidate, Score: Score(text, isWhole: true, candidate, options)))
            .Where(scored => scored.Score.Share > 0)
            .Select(scored => (scored.Candidate, scored.Score.Share, scored.Score.Width))];
        if (fitting.Length == 0)
            return SeveralIn(text, options) ?? Usual.ToString();
        // Several may fit all rows. A comma in numbers is no delimiter; otherwise more fields are likelier, but commas are also in texts.
        bool isTold = options.Conversion.HasCulture && options.Conversion.Culture.NumberFormat.NumberDecimalSeparator[0] == Usual;
        bool isDecimal = isTold || HasDecimalCommas(text, options);
        (char Delimiter, double Share, int Width)[] best = [.. fitting.Where(scored => scored.Share == fitting.Max(other => other.Share))
            .OrderBy(scored => isDecimal && scored.Delimiter == Usual).ThenByDescending(scored => scored.Width)];
        bool isDoubtful = best.Length > 1 && (best[0].Delimiter == Usual || (best[1].Width >= best[0].Width && !isTold));
        rival = isDoubtful ? best[1].Delimiter.ToString() : null;
        return Whole(text, best[0].Delimiter, options);
    }

    /// <summary>Whether all commas behind the header are between two digits.</summary>
    private static bool HasDecimalCommas(string text, CsvOptions options)
    {
        string[] rows = text.Split(LineEnds, StringSplitOptions.RemoveEmptyEntries)[(options.NeedsHeader ? 1 : 0)..];
        return Array.Exists(rows, row => row.Contains(Usual))
            && Array.TrueForAll(rows, row => row.Select((c, i) => c != Usual || (i > 0 && i + 1 < row.Length && char.IsAsciiDigit(row[i - 1]) && char.IsAsciiDigit(row[i + 1]))).All(fits => fits));
    }

    /// <summary>The delimiter that makes fields of rows which another one has left whole; null if none does.</summary>
    /// <param name="rows">The first row, and what is there of the rows behind it.</param>
    /// <param name="isWhole">Whether that is all; the last row may end within quotes otherwise, and does not count.</param>
    /// <param name="options">The marks, with the other delimiter.</param>
    /// <param name="width">How many fields there should be; 0 for any number of them.</param>
    public static string? Missed(string rows, bool isWhole, CsvOptions options, int width)
    {
        foreach (char candidate in CandidatesFor(options).Where(c => options.Delimiter is not [var given] || c != given))
        {
            (double share, int fields, int first) = Score(rows, isWhole, candidate, options);
            if (share < MissedShare || first != fields)
                continue;
            string missed = Whole(rows, candidate, options);
            if (missed != options.Delimiter && (width == 0 || fields == width || missed.Length > 1))
                return missed;
        }
        return SeveralIn(rows, options) is { } several && several != options.Delimiter ? several : null;
    }

    private static IEnumerable<char> CandidatesFor(CsvOptions options) =>
        Candidates.Where(c => c != options.Quote && c != options.Escape && c != options.Comment);

    /// <summary>The delimiter of several characters that has this one in it, where there is such a one; else this one.</summary>
    private static string Whole(string text, char delimiter, CsvOptions options) =>
        SeveralIn(text, options) is { } several && several.Contains(delimiter) ? several : delimiter.ToString();

    /// <summary>
    /// A delimiter of several characters: the same marks stand between all names of the header, none beside them, and as often in the rows
    /// without quotes. Null for none.
    /// </summary>
    private static string? SeveralIn(string text, CsvOptions options)
    {
        string[] lines = text.Split(LineEnds, StringSplitOptions.RemoveEmptyEntries);
        if (!options.NeedsHeader || lines.Length < 2)
            return null;
        string[] marks = MarksIn(lines[0], options);
        if (marks is not [var mark, ..] || mark.Length < 2 || Array.Exists(marks, other => other != mark)
            || lines[0].StartsWith(mark, StringComparison.Ordinal) || lines[0].EndsWith(mark, StringComparison.Ordinal))
        {
            return null;
        }
        IEnumerable<string> rows = lines.Skip(1).Where(line => options.Quote is not { } quote || !line.Contains(quote));
        return rows.All(row => row.Split(mark).Length == marks.Length + 1) ? mark : null;
    }

    /// <summary>The runs of characters that are in no usual name.</summary>
    private static string[] MarksIn(string header, CsvOptions options)
    {
        var marks = new List<string>();
        int begin = 0;
        for (int i = 0; i <= header.Length; i++)
        {
            bool isMark = i < header.Length && header[i] != options.Quote && header[i] is not ('_' or '-' or '.')
                && (header[i] == '\t' || !(char.IsLetterOrDigit(header[i]) || char.IsWhiteSpace(header[i])));
            if (isMark)
                continue;
            if (i > begin)
                marks.Add(header[begin..i]);
            begin = i + 1;
        }
        return [.. marks];
    }

    private static string WithoutLines(string text, int count)
    {
        var reader = new StringReader(text);
        for (int i = 0; i < count && reader.ReadLine() is not null; i++)
        {
        }
        return reader.ReadToEnd();
    }

    /// <summary>How many rows have the usual number of fields under a delimiter, that number, and the first row's.</summary>
    private static (double Share, int Width, int First) Score(string text, bool isWhole, char delimiter, CsvOptions options)
    {
        var widths = new List<int>();
        bool isAtEnd = false;
        try
        {
            // A small text is read as a whole by Create, so that it may be the one that throws.
            using CsvDataReader csv = CsvDataReader.Create(new StringReader(text), OptionsFor(text, delimiter, options));
            while (widths.Count < MaxRows && !(isAtEnd = !csv.Read()))
                widths.Add(csv.RowFieldCount);
        }
        catch (FormatException)
        {
            // Quotes that make no sense with this delimiter: the row counts against it, and so does the rest.
            widths.Add(0);
            isAtEnd = true;
        }
        if (isAtEnd && !isWhole && widths.Count > 2)
            widths.RemoveAt(widths.Count - 1);
        IGrouping<int, int>? usual = widths.Where(width => width > 1).GroupBy(width => width).MaxBy(group => (group.Count(), group.Key));
        return usual is null ? default : ((double)usual.Count() / widths.Count, usual.Key, widths[0]);
    }

    private static CsvDataReaderOptions OptionsFor(string text, char delimiter, CsvOptions options) => new()
    {
        HasHeaders = false,
        Delimiter = delimiter,
        Quote = options.Quote ?? NoQuote,
        Escape = options.Escape ?? options.Quote ?? NoQuote,
        Comment = options.Comment ?? NoComment,
        BufferSize = Math.Max(text.Length + 1, 1024),
    };
}
