using System.Globalization;
using System.Text;
using EtlTools.Engine.Records;
using EtlTools.Engine.Stages;

namespace EtlTools.Engine.Extract.Json;

/// <summary>
/// Reads JSON files one after the other, compressed or not. An item that is no record is a failed record, and those
/// after it are read as if nothing had happened. A file that is no JSON any more at some point ends there.
/// </summary>
internal sealed class JsonSource : FileSource<JsonChunk>
{
    /// <summary>The most items that a chunk has.</summary>
    private const int MaxItems = 1000;

    /// <summary>Bytes that tell a compressed file, an archive, or an encoding.</summary>
    private const int MagicBytes = ArchiveMark.LongestMark;

    private readonly JsonFormat? _format;
    private readonly JsonFormat _options;
    private readonly SourceBounds _resumeFrom;
    private readonly Encoding? _encoding;
    private readonly long _maxDecompressedBytes;
    private FileBound?[] _bounds = [];

    /// <summary>Begins to read.</summary>
    /// <param name="name">The stage's name.</param>
    /// <param name="format">How the items stand in the files; its layout counts only with <paramref name="layoutIsKnown"/>.</param>
    /// <param name="layoutIsKnown">False where the files' names tell their layout.</param>
    /// <param name="resumeFrom">Where to begin.</param>
    /// <param name="files">The files, at least one.</param>
    /// <param name="stageOptions">Pool size and capacities; MaxChunks is set here.</param>
    /// <param name="time">The clock.</param>
    /// <param name="encoding">The files' encoding; null: what the byte order mark says, else UTF-8.</param>
    /// <param name="maxDecompressedBytes">The most bytes that a compressed file may become; 0 for any number.</param>
    /// <exception cref="EtlException">An option cannot work.</exception>
    public JsonSource(
        string name, JsonFormat format, bool layoutIsKnown, SourceBounds resumeFrom, IReadOnlyList<SourceFile> files, StageOptions stageOptions, TimeProvider time,
        Encoding? encoding = null, long maxDecompressedBytes = Decompression.DefaultMaxBytes)
        : base(name, files, stageOptions, time, WorkerFor(format))
    {
        _options = format;
        _format = layoutIsKnown ? format : null;
        _resumeFrom = resumeFrom;
        _encoding = encoding;
        _maxDecompressedBytes = maxDecompressedBytes;
        Begin();
    }

    /// <summary>What a file's name says about its layout.</summary>
    public static JsonLayout LayoutOf(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        string name = Decompression.NameWithin(path);
        return name.EndsWith(".jsonl", StringComparison.OrdinalIgnoreCase) || name.EndsWith(".ndjson", StringComparison.OrdinalIgnoreCase)
            ? JsonLayout.JsonLines
            : JsonLayout.Json;
    }

    private protected override async ValueTask PrepareAsync()
    {
        FileHead?[] heads = _resumeFrom.IsNone ? new FileHead?[Files.Count] : await HeadsAsync().ConfigureAwait(false);
        _bounds = FileBounds.Match(_resumeFrom, "ResumeFrom", Files, heads, Notices);
    }

    private protected override async ValueTask ReadAsync(int file, FileInput input, Func<JsonChunk, ValueTask> enter)
    {
        var source = new SourceInfo(input.Name, input.Path, input.Head?.Fingerprint ?? "");
        try
        {
            byte[] head = await ReadHeadAsync(input, [], MagicBytes).ConfigureAwait(false);
            ArchiveMark.Check(input.Name, head);
            if (Decompression.Of(input.Name, head, _maxDecompressedBytes) is { } decompress)
            {
                input.Wrap(head, decompress);
                head = await ReadHeadAsync(input, [], MagicBytes).ConfigureAwait(false);
                ArchiveMark.Check(input.Name, head);
            }
            Encoding encoding = TextEncoding.Detect(head, _encoding);
            bool isTranscoded = !TextEncoding.IsUtf8(encoding);
            if (isTranscoded)
            {
                input.Wrap(head, text => TextEncoding.ToUtf8(text, encoding));
                head = [];
            }
            JsonFormat format = _format ?? _options with { Layout = LayoutOf(input.Path) };
            if (_format is null && format is { Layout: JsonLayout.Json, ItemPath.Prefix.Length: 0 })
            {
                head = await ReadHeadAsync(input, head, JsonLayoutGuess.HeadBytes).ConfigureAwait(false);
                if (JsonLayoutGuess.IsLines(head))
                    format = format with { Layout = JsonLayout.JsonLines };
            }
            Watermark? covered = _bounds[file]?.Watermark;
            (long offset, long line, long row) = (0, 0, 0);
            // Lines can be gone to; in a document all before the item must be read.
            if (covered is not null && format.Layout == JsonLayout.JsonLines)
            {
                (offset, line) = (covered.Check?.Start ?? covered.ByteOffset, (covered.Check?.Line ?? covered.Line) - 1);
                head = [];
                if (await input.GoToAsync(offset).ConfigureAwait(false) is null)
                    throw NotThere(input, covered);
            }
            var reader = new JsonBodyReader(new PrependedStream(head, new InputStream(input)), format, offset, line);
            bool found = covered is null;
            SourceCheck passed = (covered?.Check ?? default) with { Hash = 0 };
            while (await reader.ReadAsync(Math.Min(MaxRecords, MaxItems), Reading).ConfigureAwait(false) is { } chunk)
            {
                int first = found ? 0 : Array.FindIndex(chunk.Rows, item => item.Offset >= covered!.ByteOffset);
                if (!found)
                {
                    foreach (JsonRow item in chunk.Rows.AsSpan(0, first < 0 ? chunk.Weight : first + 1))
                        passed = item.Offset >= passed.Start ? passed.With(JsonRow.HashOf(item, chunk.Bytes)) : passed;
                }
                if (!found && first >= 0)
                {
                    bool isSame = chunk.Rows[first].Offset == covered!.ByteOffset && (covered.Check is not { } check || check == passed);
                    found = isSame ? true : throw NotThere(input, covered);
                    // Rows before the watermark's were passed over without being counted.
                    row = covered.Row - 1 - first;
                    first++;
                }
                JsonChunk fresh = first <= 0 ? chunk : chunk.Skip(first);
                fresh.FirstRow = row + Math.Max(first, 0) + 1;
                row += chunk.Weight;
                fresh.Source = source;
                fresh.IsTranscoded = isTranscoded;
                fresh.ReadMark = input.PositionOf(reader.Offset);
                if (found && fresh.Weight > 0)
                    await enter(fresh).ConfigureAwait(false);
            }
            if (!found)
                throw NotThere(input, covered!);
        }
        catch (JsonTextException e) when (e is { Fault: JsonTextFault.Truncated, Offset: 0 })
        {
            throw new EtlException(
                FailureCodes.EmptyFile, FailureKind.InvalidData,
                $"{input.Name}: the file is empty, and a JSON document was expected. Use -AllowEmptyFile where files may be empty.", e);
        }
        catch (JsonTextException e)
        {
            throw new EtlException(
                e.Fault == JsonTextFault.ItemsMissing ? FailureCodes.ItemsNotFound : FailureCodes.NotJson, FailureKind.InvalidData,
                $"{input.Name}: {e.Message}{(e.Fault == JsonTextFault.ItemsMissing ? " Say where the items are with -ItemPath." : "")}", e);
        }
        catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            throw new EtlException(FailureCodes.ReadFailed, FailureKind.Unavailable, $"{input.Name}: reading failed: {e.Message}", e);
        }
    }

    private static PoolWorker<JsonChunk> WorkerFor(JsonFormat format)
    {
        ArgumentNullException.ThrowIfNull(format);
        format.Validate();
        return port => JsonWorker.RunAsync(port, format);
    }

    /// <summary>Reads until there are so many bytes, or a line of an object.</summary>
    private static async Task<byte[]> ReadHeadAsync(FileInput input, byte[] read, int enough)
    {
        byte[] head = new byte[Math.Max(enough, read.Length)];
        read.CopyTo(head, 0);
        int filled = read.Length;
        while (filled < enough && !JsonLayoutGuess.IsLines(head.AsSpan(0, filled)))
        {
            int count = await input.ReadAsync(head.AsMemory(filled)).ConfigureAwait(false);
            if (count == 0)
                break;
            filled += count;
        }
        return head[..filled];
    }

    private static EtlException NotThere(FileInput input, Watermark mark) => new(
        FailureCodes.WatermarkMismatch, FailureKind.InvalidCall,
        string.Create(CultureInfo.InvariantCulture, $"-ResumeFrom: {input.Name} is not the file that the watermark '{mark.Name}' covers up to byte {mark.ByteOffset}: it has changed. Use -ResumeFrom $null to read it from the beginning."));

    /// <summary>An open file as a stream.</summary>
    private sealed class InputStream(FileInput input) : ReadOnlyStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => input.ReadAsync(buffer);
    }
}
