using System.Text;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Extract.Json;

/// <summary>Reads one file: detects its compression and encoding, and returns its items in chunks.</summary>
/// <param name="options">How files are read.</param>
/// <param name="input">The file.</param>
/// <param name="covered">The watermark of an earlier run; null for none.</param>
/// <param name="maxItems">The largest number of items in a chunk.</param>
internal sealed class JsonFileReader(JsonOptions options, FileInput input, Watermark? covered, int maxItems)
{
    /// <summary>How many bytes are needed to detect a compression, an archive or an encoding.</summary>
    private const int MagicBytes = ArchiveMark.LongestMark;

    private byte[] _head = [];
    private Exception? _failure;
    private bool _isTranscoded;

    /// <summary>Reads to the end.</summary>
    /// <param name="cancellationToken">Ends reading.</param>
    /// <exception cref="EtlException">The file is not the one that was read before.</exception>
    /// <exception cref="JsonTextException">From some position on it is not JSON.</exception>
    public async IAsyncEnumerable<JsonChunk> ReadAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var source = new SourceInfo(input.Name, input.Path, input.Head?.Fingerprint ?? "");
        await SettleAsync().ConfigureAwait(false);
        JsonFormat format = await SettleLayoutAsync().ConfigureAwait(false);
        JsonResumption? resumption = covered is null ? null : new JsonResumption(input.Name, covered);
        (long offset, long line) = (0, 0);
        // A position in lines can be reached directly; in a document, everything before the item must be read.
        if (resumption is not null && format.Layout == JsonLayout.JsonLines)
        {
            (offset, line) = resumption.Begin;
            (_head, _failure) = ([], null);
            if (await input.GoToAsync(offset).ConfigureAwait(false) is null)
                throw resumption.NotThere();
        }
        var reader = new JsonBodyReader(new PrependedStream(_head, new InputStream(input, _failure)), format, source, offset, line);
        long count = covered?.Row ?? 0;
        while (await reader.ReadAsync(maxItems, cancellationToken).ConfigureAwait(false) is { } read)
        {
            JsonChunk? chunk = resumption is null ? read : resumption.PassCovered(read);
            if (chunk is null)
                continue;
            chunk.FirstRow = count + 1;
            count += chunk.Count;
            chunk.IsTranscoded = _isTranscoded;
            chunk.ReadMark = input.PositionOf(reader.Offset);
            yield return chunk;
        }
        if (resumption is { IsFound: false })
            throw resumption.NotThere();
    }

    /// <summary>Detects the encoding and compression. After that, the input returns UTF-8.</summary>
    private async Task SettleAsync()
    {
        await ReadHeadAsync(MagicBytes).ConfigureAwait(false);
        ArchiveMark.Check(input.Name, _head);
        if (Decompression.Of(input.Name, _head, options.MaxDecompressedBytes) is { } decompress)
        {
            Wrap(decompress);
            await ReadHeadAsync(MagicBytes).ConfigureAwait(false);
            ArchiveMark.Check(input.Name, _head);
        }
        Encoding encoding = TextEncoding.Detect(_head, options.Encoding);
        if (TextEncoding.IsUtf8(encoding))
            return;
        _isTranscoded = true;
        Wrap(text => TextEncoding.ToUtf8(text, encoding));
    }

    private async Task<JsonFormat> SettleLayoutAsync()
    {
        if (!options.GuessesLayout)
            return options.Format;
        JsonFormat format = options.Format with { Layout = JsonLayoutGuess.OfName(input.Path) };
        if (format.Layout == JsonLayout.JsonLines || format.ItemPath.IsInside)
            return format.Validate();
        await ReadHeadAsync(JsonLayoutGuess.HeadBytes).ConfigureAwait(false);
        ArchiveMark.Check(input.Name, _head);
        return JsonLayoutGuess.IsLines(_head) ? format with { Layout = JsonLayout.JsonLines } : format;
    }

    private void Wrap(Func<Stream, Stream> wrap)
    {
        input.Wrap(_head, wrap);
        _head = [];
    }

    /// <summary>Reads until there are so many bytes, or a line with an object.</summary>
    private async Task ReadHeadAsync(int enough)
    {
        byte[] head = new byte[Math.Max(enough, _head.Length)];
        _head.CopyTo(head, 0);
        int filled = _head.Length;
        try
        {
            while (filled < enough && !JsonLayoutGuess.IsLines(head.AsSpan(0, filled)))
            {
                int count = await input.ReadAsync(head.AsMemory(filled)).ConfigureAwait(false);
                if (count == 0)
                    break;
                filled += count;
            }
        }
        catch (Exception e) when (filled > 0 && e is (IOException or InvalidDataException or UnauthorizedAccessException))
        {
            // The items before the error are good; the next read fails.
            _failure = e;
        }
        _head = head[..filled];
    }

    /// <summary>An open file as a stream.</summary>
    private sealed class InputStream(FileInput input, Exception? failure) : ReadOnlyStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            failure is null ? input.ReadAsync(buffer) : ValueTask.FromException<int>(failure);
    }
}
