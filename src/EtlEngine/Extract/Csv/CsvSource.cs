using EtlTools.Engine.Stages;
using EtlTools.Engine.Transform;

namespace EtlTools.Engine.Extract.Csv;

/// <summary>
/// Reads CSV files one after another: one reader finds the boundaries of records, and the pool parses them. An unreadable record is a
/// failed record, and the records after it are read normally. An unreadable file ends the run if it is the only one; otherwise it is an
/// error notice.
/// </summary>
internal sealed class CsvSource : FileSource<CsvChunk>
{
    private readonly CsvOptions _options;
    private readonly CsvChunkParser _parser;
    private readonly Dictionary<string, (ColumnType Type, string File)> _inferred = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> _differing = new(StringComparer.OrdinalIgnoreCase);
    private CsvSpan[] _spans = [];
    private HashSet<string>? _missing;

    /// <summary>Starts to read.</summary>
    /// <param name="name">The stage's name.</param>
    /// <param name="options">The format.</param>
    /// <param name="files">The files, at least one.</param>
    /// <param name="stageOptions">Pool size and capacities; MaxChunks is set here.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="EtlException">An option cannot work.</exception>
    public CsvSource(string name, CsvOptions options, IReadOnlyList<SourceFile> files, StageOptions stageOptions, TimeProvider time)
        : base(name, files, stageOptions, time, WorkerFor(options))
    {
        _options = options;
        _parser = new CsvChunkParser(options);
        Begin();
    }

    /// <summary>The names in a file's header, without reading further than necessary.</summary>
    /// <param name="file">The file.</param>
    /// <param name="options">The format.</param>
    /// <param name="cancellationToken">Stops reading, also from a pipe without a writer.</param>
    /// <exception cref="EtlException">The file cannot be read, or has no usable header.</exception>
    public static async Task<IReadOnlyList<string>> ReadHeaderAsync(SourceFile file, CsvOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        using FileInput input = await FileInput.OpenAsync(file, cancellationToken, cancellationToken).ConfigureAwait(false);
        using var parser = new CsvChunkParser(options);
        var reader = new CsvFileReader(null, options.Validate() with { InferTypes = false }, 1, input, default, parser);
        return await reader.ReadHeaderAsync().ConfigureAwait(false);
    }

    /// <summary>Reports what was detected, for -Verbose.</summary>
    public void Tell(string text) => Notices.Add(NoticeLevel.Verbose, new EtlException(FailureCodes.DelimiterInDoubt, FailureKind.InvalidData, text));

    /// <summary>Reports something that the user should know.</summary>
    public void Warn(EtlException notice)
    {
        Notices.Add(NoticeLevel.Warning, notice);
        Signal.Set();
    }

    /// <summary>Reports missing columns of a file. Only the reader may call this.</summary>
    public void NoteMissing(IReadOnlyList<string> columns)
    {
        if (_missing is null)
            _missing = new HashSet<string>(columns, StringComparer.OrdinalIgnoreCase);
        else
            _missing.IntersectWith(columns);
    }

    /// <summary>Warns of columns whose inferred type is another one than in an earlier file: such a column has values of both types. Only the
    /// reader may call this.</summary>
    public void NoteInferred(string file, IReadOnlyList<KeyValuePair<string, ColumnType>> types)
    {
        foreach ((string column, ColumnType type) in types)
        {
            if (_inferred.TryAdd(column, (type, file)) || _inferred[column].Type == type || !_differing.Add(column))
                continue;
            (ColumnType earlier, string where) = _inferred[column];
            Warn(new EtlException(
                FailureCodes.TypeInDoubt, FailureKind.InvalidData,
                $"{file}: -InferType reads the column '{column}' as {ColumnTypes.NameOf(type)} here, and as {ColumnTypes.NameOf(earlier)} in {where}. The table's column has only one type, and a text such as 01067 would lose its zero in a number. Give the type with -Type @{{ … }}."));
        }
    }

    /// <inheritdoc/>
    protected override async ValueTask ReleaseAsync()
    {
        await base.ReleaseAsync().ConfigureAwait(false);
        _parser.Dispose();
    }

    private static PoolWorker<CsvChunk> WorkerFor(CsvOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        return pool => CsvChunkParser.RunAsync(pool, options);
    }

    /// <summary>Determines which part of each file is read, before the first record, so that a wrong watermark stops the call.</summary>
    private protected override async ValueTask PrepareAsync()
    {
        FileHead?[] heads = _options.ResumeFrom.IsNone && _options.StopAt.IsNone
            ? new FileHead?[Files.Count]
            : await HeadsAsync().ConfigureAwait(false);
        FileBound?[] from = FileBounds.Match(_options.ResumeFrom, "ResumeFrom", Files, heads, Notices);
        FileBound?[] to = FileBounds.Match(_options.StopAt, "StopAt", Files, heads, null);
        _spans = [.. from.Zip(to, (begin, end) => new CsvSpan(begin is { ByteOffset: 0, Watermark: null, Refusal: null } ? null : begin, end))];
    }

    /// <summary>A name that no file has may be misspelt.</summary>
    private protected override void OnAllRead()
    {
        foreach (string column in _missing ?? [])
            Warn(new EtlException(FailureCodes.UnknownColumn, FailureKind.InvalidData, $"{(Files.Count == 1 ? $"{Files[0].Name} does not have" : "No file has")} the column '{column}'{(_options.MissingColumns == MissingColumns.Null ? "; it is null" : "")} (-MissingColumnAction {_options.MissingColumns})."));
    }

    private protected override IAsyncEnumerable<CsvChunk> ReadAsync(int file, FileInput input) => _spans[file].From?.Refusal is { } refusal
        ? throw refusal
        : new CsvFileReader(this, _options, MaxRecords, input, _spans[file], _parser).ReadAsync();
}
