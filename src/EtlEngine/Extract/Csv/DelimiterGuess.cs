using System.Text;

namespace EtlTools.Engine.Extract.Csv;

/// <summary>Finds a file's delimiter: the one that gives most rows of its head the same number of fields.</summary>
internal static class DelimiterGuess
{
    /// <summary>Bytes of the head that are looked at.</summary>
    public const int HeadBytes = 32 * 1024;

    private const int MaxRows = 100;
    private const char Usual = ',';

    private static readonly char[] Candidates = [Usual, ';', '\t', '|'];

    /// <summary>The delimiter; a comma where there is none.</summary>
    /// <param name="head">The head of the text.</param>
    /// <param name="isWhole">Whether that is all of it.</param>
    /// <param name="options">The other marks.</param>
    public static char Of(ReadOnlySpan<byte> head, bool isWhole, CsvOptions options)
    {
        if (head.StartsWith(Encoding.UTF8.Preamble))
            head = head[Encoding.UTF8.Preamble.Length..];
        char best = Usual;
        (double Share, int Width) bestScore = default;
        foreach (char candidate in Candidates.Where(c => c != options.Quote && c != options.Escape && c != options.Comment))
        {
            (double Share, int Width) score = Score(head, isWhole, candidate, options);
            if (score.CompareTo(bestScore) > 0)
                (best, bestScore) = (candidate, score);
        }
        return best;
    }

    private static (double Share, int Width) Score(ReadOnlySpan<byte> head, bool isWhole, char delimiter, CsvOptions options)
    {
        CsvDialect dialect = options.DialectFor(delimiter);
        var scanner = new CsvScanner(dialect, options.MaxFieldBytes, options.MaxRecordBytes);
        scanner.Begin(0, 1, options.SkipRows);
        scanner.Scan(head, isWhole, MaxRows, int.MaxValue);
        if (scanner.Frames.Count == 0)
            return default;
        CsvChunk chunk = scanner.Frames.ToChunk(head.ToArray(), 0, 0);
        var fields = new CsvFields(dialect);
        fields.Begin(chunk.Buffer);
        var widths = new Dictionary<int, int>();
        foreach (CsvFrame frame in chunk.Frames)
        {
            if (frame.CanBeSplit && fields.TrySplit(frame.Start, frame.Start + frame.Content(chunk.Buffer).Length) && fields.Count > 1)
                widths[fields.Count] = widths.GetValueOrDefault(fields.Count) + 1;
        }
        if (widths.Count == 0)
            return default;
        KeyValuePair<int, int> usual = widths.MaxBy(pair => (pair.Value, pair.Key));
        return ((double)usual.Value / chunk.Weight, usual.Key);
    }
}
