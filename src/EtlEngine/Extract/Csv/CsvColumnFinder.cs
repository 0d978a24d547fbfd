using System.Globalization;
using System.Text;

namespace EtlTools.Engine.Extract.Csv;

/// <summary>Finds a file's columns, in its header or by its first row, and their types in its first rows.</summary>
internal sealed class CsvColumnFinder(CsvOptions options, CsvRows rows, CsvChunkParser parser, int maxRecords)
{
    /// <summary>The number of rows and bytes from which types are inferred.</summary>
    private const int SampleRows = 1000;
    private const int SampleBytes = 1024 * 1024;

    /// <summary>If the first row has more fields than -Header has names, one of this many rows must have the right number.</summary>
    private const int HeaderRows = 100;

    /// <summary>The number of rows among which -HeaderPattern must find the header.</summary>
    private const int PatternRows = 1000;

    private string FileName => rows.File.Source.Name;

    /// <summary>Gives the columns their names.</summary>
    public void Set(IReadOnlyList<string> names)
    {
        rows.File = rows.File.With(CsvHeader.ToLayout(FileName, names, options));
        rows.File.NoteMissing(rows.File.Layout.Missing);
    }

    /// <summary>Reads as far as necessary to know the columns and, if they are inferred, their types.</summary>
    /// <returns>The rows read on the way. Unreadable ones are returned before the columns are known, because there may be any number of
    /// them.</returns>
    /// <exception cref="EtlException">There is no usable header.</exception>
    public async IAsyncEnumerable<CsvChunk> FindAsync()
    {
        var sample = new List<CsvChunk>();
        if (options.Header is not null && !options.MismatchedFields.HasFlag(MismatchedFields.Truncate))
            await CheckWidthAsync(sample).ConfigureAwait(false);
        if (rows.IsHeaderNext)
            await ReadHeaderAsync().ConfigureAwait(false);
        while (!rows.File.HasColumns && await rows.NextAsync(maxRecords).ConfigureAwait(false) is { } chunk)
        {
            if (parser.FirstRow(chunk) is not { } fields)
            {
                yield return chunk;
                continue;
            }
            Set(CsvHeader.Numbered(fields.Length));
            chunk.File = rows.File;
            sample.Add(chunk);
        }
        if (options.InferTypes)
            await GuessTypesAsync(sample).ConfigureAwait(false);
        foreach (CsvChunk chunk in sample)
            yield return chunk;
    }

    private async Task ReadHeaderAsync()
    {
        int passed = 0;
        while (passed < PatternRows && await rows.NextAsync(1).ConfigureAwait(false) is { } row)
        {
            bool isOther = options.HeaderPattern is { } pattern && !CsvHeaderPattern.IsMatch(FileName, pattern, row.Frames[0].Content(row.Buffer));
            string[]? fields = isOther ? null : parser.FirstRow(row);
            // Spreadsheets write an empty row as delimiters or blanks.
            bool isBlank = fields is not null && Array.TrueForAll(fields, string.IsNullOrWhiteSpace);
            if (!isOther && !isBlank)
            {
                if (fields is null or [_])
                    await rows.ReadAheadAsync().ConfigureAwait(false);
                Set(NamesIn(row, fields));
                if (options.SkipRepeatedHeader)
                    rows.Header = row.Frames[0].Content(row.Buffer).ToArray();
            }
            row.ReturnBuffers();
            if (rows.File.HasColumns)
            {
                await PassRowsBehindHeaderAsync().ConfigureAwait(false);
                return;
            }
            passed += isOther ? 1 : 0;
        }
        if (passed > 0)
            throw NoHeaderLike(passed);
        if (!options.AllowEmptyFile)
            throw Empty();
    }

    private async Task PassRowsBehindHeaderAsync()
    {
        for (int i = 0; i < options.SkipAfterHeader && await rows.NextAsync(1).ConfigureAwait(false) is { } row; i++)
            row.ReturnBuffers();
    }

    /// <summary>Refuses too few names, because then no row would be good.</summary>
    private async Task CheckWidthAsync(List<CsvChunk> read)
    {
        int names = rows.File.Layout.Width;
        int? first = null;
        for (int count = 0; count < HeaderRows && await NextOfSampleAsync(read).ConfigureAwait(false) is { } chunk; count += chunk.Count)
        {
            read.Add(chunk);
            string[]? row = first is null ? parser.FirstRow(chunk) : null;
            first ??= row?.Length;
            if (row is [var only] && names > 1 && !parser.HasRowOf(chunk, names))
            {
                await rows.ReadAheadAsync().ConfigureAwait(false);
                CsvWrongDelimiter.Check(FileName, only, rows.Behind, rows.IsAllRead, options, names);
            }
            if (first <= names || parser.HasRowOf(chunk, names))
                return;
        }
        if (first > names)
        {
            throw new EtlException(
                FailureCodes.InvalidParameter,
                FailureKind.InvalidCall,
                $"{FileName}: -Header has {names} {(names == 1 ? "name" : "names")}, but the first row has {first} fields. Name all of them; use -Column to choose some.");
        }
    }

    private async Task GuessTypesAsync(List<CsvChunk> sample)
    {
        int count = sample.Sum(chunk => chunk.Count);
        int bytes = sample.Sum(chunk => chunk.Buffer.Length);
        while (count < SampleRows && bytes < SampleBytes && await NextOfSampleAsync(sample).ConfigureAwait(false) is { } chunk)
        {
            sample.Add(chunk);
            count += chunk.Count;
            bytes += chunk.Buffer.Length;
        }
        var guess = new TypeGuess(rows.File.Layout.Fields.Length, options.Conversion);
        foreach (CsvChunk chunk in sample)
            parser.Sample(chunk, guess);
        rows.File = rows.File.With(rows.File.Layout.Infer(guess.ToTypes()));
        CsvLayout layout = rows.File.Layout;
        rows.File.NoteInferred([.. Enumerable.Range(0, layout.Types.Length)
            .Where(guess.HasSeen)
            .Select(column => KeyValuePair.Create(layout.Schema[column], layout.Types[column]))]);
        foreach (CsvChunk chunk in sample)
            chunk.File = rows.File;
    }

    /// <summary>The next rows; null if there are none. If reading fails after good rows, these are returned, and the next read fails
    /// again.</summary>
    private async ValueTask<CsvChunk?> NextOfSampleAsync(List<CsvChunk> sample)
    {
        try
        {
            return await rows.NextAsync(maxRecords).ConfigureAwait(false);
        }
        catch (EtlException) when (sample.Count > 0)
        {
            return null;
        }
    }

    private const string Json = "the file begins like JSON. Read it with Import-EtlJson.";

    private string[] NamesIn(CsvChunk header, string[]? fields)
    {
        CsvOptions marks = options with { Delimiter = rows.File.Dialect.DelimiterText };
        if (fields is null)
        {
            if (header.Frames[0].Kind is not (CsvFrameKind.InvalidBytes or CsvFrameKind.TooLarge))
                CsvWrongDelimiter.Check(FileName, Encoding.UTF8.GetString(header.Frames[0].Content(header.Buffer)), rows.Behind, rows.IsAllRead, marks, width: 0);
            throw Unusable(header, header.Frames[0].Kind switch
            {
                CsvFrameKind.InvalidBytes => "the header has bytes that are not text in the file's encoding. Name the right one with -Encoding, such as 1252 for files of older Windows programs.",
                CsvFrameKind.TooLarge => "the header is longer than a row may be. Check -NewLine and -SkipRows, or raise -MaxFieldBytes.",
                _ when LooksLikeJson(Encoding.UTF8.GetString(header.Frames[0].Content(header.Buffer))) => Json,
                _ => "the header row breaks the rules of quoting. Check -Quote, -Escape and -SkipRows.",
            });
        }
        if (Array.Exists(fields, field => field.Contains('\0', StringComparison.Ordinal)))
            throw Unusable(header, "the header has NUL characters, which is how text in UTF-16 or UTF-32 looks in another encoding. Give the right -Encoding.");
        if (LooksLikeJson(fields[0]))
            throw Unusable(header, Json);
        if (fields is [var only])
            CsvWrongDelimiter.Check(FileName, only, rows.Behind, rows.IsAllRead, marks, width: 0);
        return fields;
    }

    /// <summary>Whether a header begins as a JSON document does.</summary>
    private static bool LooksLikeJson(string header) =>
        header.Trim() is "{" or "[" || header.TrimStart() is ['{', '"' or '}', ..] or ['[', '{' or '"' or ']', ..];

    private EtlException Unusable(CsvChunk header, string why) => new(
        FailureCodes.InvalidHeader, FailureKind.InvalidData, string.Create(CultureInfo.InvariantCulture, $"{FileName}:{header.FirstLine}: {why}"));

    private EtlException NoHeaderLike(int passed) => new(
        FailureCodes.InvalidHeader,
        FailureKind.InvalidData,
        $"{FileName}: none of the {(passed == PatternRows ? "first " : "")}{passed} {(passed == 1 ? "row matches" : "rows match")} -HeaderPattern. It is a regular expression for the text of the whole row; check it, and -Encoding.");

    private EtlException Empty() => new(
        FailureCodes.EmptyFile,
        FailureKind.InvalidData,
        $"{FileName}: the file is empty{(options.SkipRows > 0 ? $" after -SkipRows {options.SkipRows}" : "")}, but a header row was expected. Use -AllowEmptyFile where files may be empty.");
}
