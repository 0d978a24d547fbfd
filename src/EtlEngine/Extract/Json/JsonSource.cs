using EtlTools.Engine.Stages;

namespace EtlTools.Engine.Extract.Json;

/// <summary>
/// Reads JSON files one after another, compressed or not. An item that is not a record is a failed record, and the items after it are read
/// normally. A file that is not JSON from some position on ends there.
/// </summary>
internal sealed class JsonSource : FileSource<JsonChunk>
{
    /// <summary>The largest number of items in a chunk.</summary>
    private const int MaxItems = 1000;

    private readonly JsonOptions _options;
    private FileBound?[] _bounds = [];

    /// <summary>Starts to read.</summary>
    /// <param name="name">The stage's name.</param>
    /// <param name="options">How the files are read.</param>
    /// <param name="files">The files, at least one.</param>
    /// <param name="stageOptions">Pool size and capacities; MaxChunks is set here.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="EtlException">An option cannot work.</exception>
    public JsonSource(string name, JsonOptions options, IReadOnlyList<SourceFile> files, StageOptions stageOptions, TimeProvider time)
        : base(name, files, stageOptions, time, WorkerFor(options))
    {
        _options = options;
        Begin();
    }

    private protected override async ValueTask PrepareAsync()
    {
        FileHead?[] heads = _options.ResumeFrom.IsNone ? new FileHead?[Files.Count] : await HeadsAsync().ConfigureAwait(false);
        _bounds = FileBounds.Match(_options.ResumeFrom, "ResumeFrom", Files, heads, Notices);
    }

    private protected override IAsyncEnumerable<JsonChunk> ReadAsync(int file, FileInput input) => _bounds[file]?.Refusal is { } refusal
        ? throw refusal
        : new JsonFileReader(_options, input, _bounds[file]?.Watermark, Math.Min(MaxRecords, MaxItems)).ReadAsync(Reading);

    private protected override EtlException? FailureOf(SourceFile file, Exception exception) => exception switch
    {
        JsonTextException { Fault: JsonTextFault.Truncated, Offset: 0 } => new EtlException(
            FailureCodes.EmptyFile, FailureKind.InvalidData,
            $"{file.Name}: the file is empty, but a JSON document was expected. Use -AllowEmptyFile where files may be empty.", exception),
        JsonTextException { Fault: JsonTextFault.ItemsMissing } missing => new EtlException(
            FailureCodes.ItemsNotFound, FailureKind.InvalidData, $"{file.Name}: {exception.Message}{(missing.SaysWhere ? "" : " Say where the items are with -ItemPath.")}", exception),
        JsonTextException text => new EtlException(
            FailureCodes.NotJson, FailureKind.InvalidData,
            $"{file.Name}: {exception.Message}{(text is { Fault: JsonTextFault.Invalid, Offset: 0 } ? " If it is CSV, read it with Import-EtlCsv." : "")}", exception),
        _ => base.FailureOf(file, exception),
    };

    private static PoolWorker<JsonChunk> WorkerFor(JsonOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Format.Validate();
        return port => JsonWorker.RunAsync(port, options.Format);
    }
}
