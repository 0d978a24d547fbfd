using System.Text;
using Sylvan.Data.Csv;

namespace EtlTools.Engine.Extract.Csv;

/// <summary>Finds a file's delimiter: the one with which Sylvan reads most rows of its head with the same number of fields.</summary>
internal static class DelimiterGuess
{
    /// <summary>Bytes of the head that are looked at.</summary>
    public const int HeadBytes = 32 * 1024;

    private const int MaxRows = 100;

    /// <summary>The share of rows that have as many fields as the first one where a delimiter was missed: some rows may be damaged.</summary>
    private const double MissedShare = 0.8;
    private const char Usual = ',';

    /// <summary>What stands for a mark that is not in use, since Sylvan has a default for each: no text has it.</summary>
    private const char NoComment = '\uFFFF';

    /// <summary>The same for quotes, which Sylvan wants from ASCII.</summary>
    private const char NoQuote = '\u0001';

    private static readonly char[] Candidates = [Usual, ';', '\t', '|'];

    private static readonly char[] LineEnds = ['\r', '\n'];

    /// <summary>The delimiter; a comma where there is none.</summary>
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
        char best = Usual;
        (double Share, int Width) bestScore = default;
        char? tied = null;
        foreach (char candidate in CandidatesFor(options))
        {
            (double share, int width, _) = Score(text, isWhole: true, candidate, options);
            (double Share, int Width) score = (share, width);
            int order = score.CompareTo(bestScore);
            if (order == 0 && score != default)
                tied = candidate;
            if (order > 0)
                (best, bestScore, tied) = (candidate, score, null);
        }
        rival = tied?.ToString();
        return WithPairs(text, best, options);
    }

    /// <summary>The delimiter that makes fields of rows which another one has left whole; null where none does.</summary>
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
            string missed = WithPairs(rows, candidate, options);
            if (missed != options.Delimiter && (width == 0 || fields == width || missed.Length > 1))
                return missed;
        }
        return null;
    }

    private static IEnumerable<char> CandidatesFor(CsvOptions options) =>
        Candidates.Where(c => c != options.Quote && c != options.Escape && c != options.Comment);

    /// <summary>The delimiter, twice where it stands in pairs: between all names of the header, and in no other number in the rows.</summary>
    private static string WithPairs(string text, char delimiter, CsvOptions options)
    {
        string pair = new(delimiter, 2);
        string[] lines = text.Split(LineEnds, StringSplitOptions.RemoveEmptyEntries);
        if (!options.NeedsHeader || lines is [])
            return pair[..1];
        int[] runs = RunsOf(lines[0], delimiter);
        bool isPair = runs.Length > 0 && Array.TrueForAll(runs, run => run == 2) && lines[0][^1] != delimiter
            && lines.Skip(1).Where(line => options.Quote is not { } quote || !line.Contains(quote)).All(line => Array.TrueForAll(RunsOf(line, delimiter), run => run % 2 == 0));
        return isPair ? pair : pair[..1];
    }

    /// <summary>How many of a character stand together, each time that it comes.</summary>
    private static int[] RunsOf(string line, char of)
    {
        var runs = new List<int>();
        for (int i = 0; i < line.Length; i++)
        {
            if (line[i] != of)
                continue;
            if (i > 0 && line[i - 1] == of)
                runs[^1]++;
            else
                runs.Add(1);
        }
        return [.. runs];
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
