using System.Globalization;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Extract.Csv;

/// <summary>Where to begin and to end in a file.</summary>
internal readonly record struct CsvSpan(FileBound? From, FileBound? To);

/// <summary>Reads one file: cuts it into chunks, finds its columns, and hands the chunks on.</summary>
internal sealed class CsvFileReader
{
    /// <summary>Rows, and bytes, from which types are guessed.</summary>
    private const int SampleRows = 1000;
    private const int SampleBytes = 1024 * 1024;

    /// <summary>Rows of which one must have as many fields as -Header has names, where the first has more.</summary>
    private const int HeaderRows = 100;

    /// <summary>Rows among which -HeaderPattern finds the header.</summary>
    private const int PatternRows = 1000;

    private readonly CsvOptions _options;
    private readonly int _maxRecords;
    private readonly FileInput _input;
    private readonly CsvChunkParser _parser;
    private readonly CsvSpan _span;
    private readonly Func<CsvChunk, ValueTask> _enter;
    private readonly CsvFramer _framer = new();
    private readonly CsvText _text;
    private readonly CsvRows _source;
    private readonly CsvTail _tail = new();
    private CsvFile _file;
    private bool _hasColumns;
    private bool _isAtEnd;
    private long _rows;

    /// <summary>Prepares to read.</summary>
    /// <param name="owner">The stage; null where no record is made.</param>
    /// <param name="options">The format.</param>
    /// <param name="maxRecords">The most records of a chunk.</param>
    /// <param name="input">The file.</param>
    /// <param name="span">The part of it that is read.</param>
    /// <param name="parser">Reads the header.</param>
    /// <param name="enter">Takes a chunk; completes when the pool has room for it.</param>
    public CsvFileReader(
        CsvSource? owner, CsvOptions options, int maxRecords, FileInput input, CsvSpan span, CsvChunkParser parser, Func<CsvChunk, ValueTask> enter)
    {
        _options = options;
        _maxRecords = maxRecords;
        _input = input;
        _span = span;
        _parser = parser;
        _enter = enter;
        _text = new CsvText(options, input, _framer);
        _source = new CsvRows(options, input, _text, _framer);
        string fingerprint = span.From?.Watermark?.Fingerprint ?? input.Head?.Fingerprint ?? "";
        _file = new CsvFile(owner, options, new SourceInfo(input.Name, input.Path, fingerprint)) { HasLines = span.From is not { Watermark: null } };
    }

    private bool IsHeaderNext => _options.NeedsHeader && !_hasColumns;

    /// <summary>Reads to the end.</summary>
    /// <exception cref="EtlException">The file cannot be read, or its header cannot be used.</exception>
    public async Task ReadAsync()
    {
        await BeginAsync().ConfigureAwait(false);
        List<CsvChunk> sample = await SettleColumnsAsync().ConfigureAwait(false);
        if (_options.InferTypes)
            GuessTypes(sample);
        if (_span.From is { } from)
        {
            sample.ForEach(chunk => chunk.ReturnBuffers());
            await ResumeAsync(from).ConfigureAwait(false);
        }
        else
        {
            foreach (CsvChunk chunk in sample)
                await EnterAsync(chunk).ConfigureAwait(false);
        }
        while (!_isAtEnd && await NextAsync(_maxRecords).ConfigureAwait(false) is { } chunk)
            await EnterAsync(chunk).ConfigureAwait(false);
        _source.Clear();
        _framer.Release();
    }

    /// <summary>Reads as far as the columns' names are known.</summary>
    public async Task<IReadOnlyList<string>> ReadHeaderAsync()
    {
        await BeginAsync().ConfigureAwait(false);
        await SettleColumnsAsync().ConfigureAwait(false);
        return _file.Layout.Schema.Names;
    }

    private async Task BeginAsync()
    {
        if (_options.Header is not null)
            SetColumns(_options.Header);
        await _text.SettleAsync().ConfigureAwait(false);
        CsvPreamble preamble = await ReadPreambleAsync().ConfigureAwait(false);
        char? comment = preamble.FieldsLine.Length > 0 ? '#' : _options.Comment;
        string delimiter = preamble.Delimiter ?? _options.Delimiter ?? await GuessDelimiterAsync().ConfigureAwait(false);
        _file = _file.With(_options.DialectFor(delimiter, comment, preamble.FieldsLine), _text.IsTranscoded);
        Begin(_options.SkipRows + preamble.Lines, CsvNewLine.Auto);
        if (IsHeaderNext && preamble.Names.Length > 0)
            SetColumns(preamble.Names);
    }

    private void Begin(int linesToSkip, CsvNewLine usual)
    {
        var scanner = new CsvScanner(_file.Dialect, _options.MaxFieldBytes, _options.MaxRecordBytes);
        if (_options.NewLine == CsvNewLine.Auto)
            scanner.Usual = usual;
        _framer.Begin(scanner, linesToSkip);
    }

    private async Task<CsvPreamble> ReadPreambleAsync()
    {
        if (!CsvPreamble.IsPossible(_framer.Pending, _options))
            return new CsvPreamble();
        while (!_framer.HasEnded && CsvPreamble.NeedsMore(_framer.Pending))
            await _text.ReadAsync().ConfigureAwait(false);
        return CsvPreamble.Read(_framer.Pending, _options);
    }

    private async Task<string> GuessDelimiterAsync()
    {
        // Of a pipe no more may come for long.
        if (_input.CanSeek)
            await _text.ReadAtLeastAsync(DelimiterGuess.HeadBytes).ConfigureAwait(false);
        while (!_framer.HasEnded && !_framer.Pending.ContainsAny((byte)'\r', (byte)'\n'))
            await _text.ReadAsync().ConfigureAwait(false);
        string best = DelimiterGuess.Of(_framer.Pending, _framer.HasEnded, _options, out string? rival);
        if (rival is { } other)
            _file.Warn(FailureCodes.DelimiterInDoubt, $"{_input.Name}: {CsvWrongDelimiter.Shown(best)} and {CsvWrongDelimiter.Shown(other)} would both do as the delimiter; {CsvWrongDelimiter.Shown(best)} is taken. Name the right one with -Delimiter.");
        return best;
    }

    /// <summary>The next records, or null at the end.</summary>
    private async ValueTask<CsvChunk?> NextAsync(int maxRecords)
    {
        CsvChunk? chunk = await _source.NextAsync(maxRecords, IsHeaderNext).ConfigureAwait(false);
        chunk?.File = _file;
        return chunk;
    }

    /// <summary>Reads as far as is needed to know the columns and, where they are guessed, their types.</summary>
    /// <returns>The records read on the way.</returns>
    private async Task<List<CsvChunk>> SettleColumnsAsync()
    {
        var sample = new List<CsvChunk>();
        int rows = 0;
        int bytes = 0;
        int passed = 0;
        if (_options.Header is not null && !_options.MismatchedFields.HasFlag(MismatchedFields.Truncate))
            await CheckHeaderAsync(sample).ConfigureAwait(false);
        while (!_hasColumns || (_options.InferTypes && rows < SampleRows && bytes < SampleBytes))
        {
            bool isHeader = IsHeaderNext;
            CsvChunk? chunk = await NextAsync(isHeader ? 1 : _maxRecords).ConfigureAwait(false);
            if (chunk is null)
                break;
            if (isHeader && _options.HeaderPattern is { } pattern && !CsvHeaderPattern.IsMatch(_input.Name, pattern, chunk.Frames[0].Content(chunk.Buffer)))
            {
                chunk.ReturnBuffers();
                if (++passed == PatternRows)
                    break;
                continue;
            }
            string[]? fields = _hasColumns ? null : _parser.FirstRow(chunk);
            if (isHeader && fields is not null && Array.TrueForAll(fields, string.IsNullOrWhiteSpace))
            {
                // Spreadsheets write an empty row as delimiters, or blanks.
                chunk.ReturnBuffers();
                continue;
            }
            if (isHeader)
            {
                SetColumns(HeaderOf(chunk, fields));
                if (_options.SkipRepeatedHeader)
                    _source.Header = chunk.Frames[0].Content(chunk.Buffer).ToArray();
                await PassRowsBehindHeaderAsync().ConfigureAwait(false);
            }
            else if (fields is not null)
                SetColumns(CsvHeader.Numbered(fields.Length));
            chunk.File = _file;
            rows += chunk.Weight;
            bytes += chunk.Buffer.Length;
            if (isHeader || (!_hasColumns && _span.From is not null))
                chunk.ReturnBuffers();
            else if (_hasColumns)
                sample.Add(chunk);
            else
                await EnterAsync(chunk).ConfigureAwait(false);
        }
        if (IsHeaderNext && passed > 0)
            throw NoHeaderLike(passed);
        return IsHeaderNext && !_options.AllowEmptyFile ? throw Empty() : sample;
    }

    private async Task PassRowsBehindHeaderAsync()
    {
        for (int i = 0; i < _options.SkipAfterHeader && await NextAsync(1).ConfigureAwait(false) is { } row; i++)
            row.ReturnBuffers();
    }

    /// <summary>Refuses names for fewer columns than there are: no row would be good.</summary>
    private async Task CheckHeaderAsync(List<CsvChunk> read)
    {
        int names = _file.Layout.Width;
        int? first = null;
        for (int rows = 0; rows < HeaderRows && await NextAsync(_maxRecords).ConfigureAwait(false) is { } chunk; rows += chunk.Weight)
        {
            read.Add(chunk);
            string[]? row = first is null ? _parser.FirstRow(chunk) : null;
            first ??= row?.Length;
            if (row is [var only] && names > 1 && !_parser.HasRowOf(chunk, names))
                CsvWrongDelimiter.Check(_input.Name, only, _framer.Pending, _options, names);
            if (first <= names || _parser.HasRowOf(chunk, names))
                return;
        }
        if (first > names)
        {
            throw new EtlException(
                FailureCodes.InvalidParameter,
                FailureKind.InvalidCall,
                $"{_input.Name}: -Header has {names} {(names == 1 ? "name" : "names")}, and the first row has {first} fields. Name them all; -Column chooses among them.");
        }
    }

    private void GuessTypes(List<CsvChunk> sample)
    {
        var guess = new TypeGuess(_file.Layout.Fields.Length, _options.Conversion);
        foreach (CsvChunk chunk in sample)
            _parser.Sample(chunk, guess);
        _file = _file.With(_file.Layout.Infer(guess.ToTypes()));
        foreach (CsvChunk chunk in sample)
            chunk.File = _file;
    }

    private async Task ResumeAsync(FileBound from)
    {
        if (!_input.CanSeek)
            throw Refused("the input cannot seek, as a pipe cannot.");
        SourceCheck? check = from.Watermark?.Check;
        long start = check?.Start ?? from.ByteOffset;
        int? before = await _text.GoToAsync(start).ConfigureAwait(false);
        if (before is null)
            throw Refused($"byte {start} lies behind the end of the file.");
        if (before is not (-1 or '\r' or '\n'))
            throw Refused($"no record begins at byte {start}.");
        CsvNewLine usual = _framer.Usual;
        _source.Clear();
        _framer.Restart(start, check?.Line ?? from.Watermark?.Line ?? 1);
        Begin(linesToSkip: 0, usual);
        if (from.Watermark is not { } watermark)
            return;
        await PassCoveredAsync(watermark, check).ConfigureAwait(false);
        _rows = watermark.Row;
    }

    /// <summary>Passes over the record at the watermark, and those before it by which the file is known again.</summary>
    private async Task PassCoveredAsync(Watermark watermark, SourceCheck? check)
    {
        SourceCheck found = (check ?? default) with { Hash = 0 };
        long offset;
        do
        {
            CsvChunk covered = await NextAsync(1).ConfigureAwait(false) ?? throw Refused($"byte {watermark.ByteOffset} lies behind the end of the file.");
            offset = covered.OffsetOf(0);
            found = found.With(SourceCheck.HashOf(covered.Frames[0].Content(covered.Buffer)));
            _tail.Move(covered);
            covered.ReturnBuffers();
        }
        while (offset < watermark.ByteOffset);
        if (offset != watermark.ByteOffset)
            throw Refused($"no record begins at byte {watermark.ByteOffset}.");
        if (check is { } expected && found != expected)
            throw Refused($"the records up to byte {watermark.ByteOffset} are not those that '{watermark.Name}' covers: another file has taken the place of {watermark.Source}. Use -ResumeFrom $null to read it from the beginning.");
    }

    private async ValueTask EnterAsync(CsvChunk chunk)
    {
        if (_span.To is { } to)
        {
            int count = 0;
            while (count < chunk.Weight && (chunk.OffsetOf(count) < to.ByteOffset || (to.Watermark is not null && chunk.OffsetOf(count) == to.ByteOffset)))
                count++;
            _isAtEnd = count < chunk.Weight;
            chunk.KeepFirst(count);
        }
        if (chunk.Weight == 0)
        {
            chunk.ReturnBuffers();
            return;
        }
        chunk.FirstRow = _rows + 1;
        chunk.Before = _tail.Move(chunk);
        chunk.ReadMark = _input.PositionOf(chunk.EndOffset);
        _rows += chunk.Weight;
        await _enter(chunk).ConfigureAwait(false);
    }

    private void SetColumns(IReadOnlyList<string> names)
    {
        _file = _file.With(CsvHeader.ToLayout(_input.Name, names, _options));
        _file.NoteMissing(_file.Layout.Missing);
        _hasColumns = true;
    }

    private string[] HeaderOf(CsvChunk chunk, string[]? fields)
    {
        if (fields is null)
        {
            throw BadHeader(chunk, chunk.Frames[0].Kind switch
            {
                CsvFrameKind.InvalidBytes => "the header has bytes that are not text in the file's encoding. Name the right one with -Encoding.",
                CsvFrameKind.TooLarge => "the header is longer than a row may be. Check -NewLine and -SkipRows, or raise -MaxFieldBytes.",
                _ => "the header row breaks the rules of quoting. Check -Quote, -Escape and -SkipRows.",
            });
        }
        if (Array.Exists(fields, field => field.Contains('\0', StringComparison.Ordinal)))
            throw BadHeader(chunk, "the header has NUL characters, as text in UTF-16 or UTF-32 has that is read as another. Name the right -Encoding.");
        if (fields is [var only])
            CsvWrongDelimiter.Check(_input.Name, only, _framer.Pending, _options with { Delimiter = _file.Dialect.DelimiterText }, width: 0);
        return fields;
    }

    private EtlException BadHeader(CsvChunk chunk, string why) => new(
        FailureCodes.InvalidHeader, FailureKind.InvalidData, string.Create(CultureInfo.InvariantCulture, $"{_input.Name}:{chunk.FirstLine}: {why}"));

    private EtlException NoHeaderLike(int rows) => new(
        FailureCodes.InvalidHeader,
        FailureKind.InvalidData,
        $"{_input.Name}: none of the {(rows == PatternRows ? "first " : "")}{rows} {(rows == 1 ? "row matches" : "rows match")} -HeaderPattern. It is a regular expression for the text of the whole row; check it, and -Encoding.");

    private EtlException Empty() => new(
        FailureCodes.EmptyFile,
        FailureKind.InvalidData,
        $"{_input.Name}: the file is empty{(_options.SkipRows > 0 ? $" after -SkipRows {_options.SkipRows}" : "")}, a header row was expected. Use -AllowEmptyFile where files may be empty.");

    private EtlException Refused(string why) =>
        new(FailureCodes.WatermarkMismatch, FailureKind.InvalidCall, $"{_input.Name}: -ResumeFrom: {why}");
}
