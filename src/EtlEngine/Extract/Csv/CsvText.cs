using System.Globalization;
using System.Text;

namespace EtlTools.Engine.Extract.Csv;

/// <summary>Reads a file's text into a framer as UTF-8, whatever its encoding.</summary>
internal sealed class CsvText(CsvOptions options, FileInput input, CsvFramer framer)
{
    /// <summary>The longest mark by which a file's format is detected.</summary>
    private const int LongestMark = 4;

    private EtlException? _failure;

    /// <summary>The name of the encoding.</summary>
    public string EncodingName { get; private set; } = "";

    /// <summary>Whether the text was decoded from another encoding.</summary>
    public bool IsTranscoded { get; private set; }

    /// <summary>Detects the encoding and compression; the framer then has the first bytes of the text.</summary>
    public async Task SettleAsync()
    {
        await ReadAtLeastAsync(LongestMark).ConfigureAwait(false);
        if (ArchiveMark.IsPossible(framer.Pending))
            await ReadAtLeastAsync(ArchiveMark.LongestMark).ConfigureAwait(false);
        ArchiveMark.Check(input.Name, framer.Pending);
        if (Decompression.Of(input.Name, framer.Pending, options.MaxDecompressedBytes) is { } decompress)
        {
            await WrapAsync(decompress).ConfigureAwait(false);
            ArchiveMark.Check(input.Name, framer.Pending);
        }
        Encoding encoding = TextEncoding.Detect(framer.Pending, options.Encoding);
        EncodingName = encoding.WebName;
        if (TextEncoding.IsUtf8(encoding))
            return;
        IsTranscoded = true;
        await WrapAsync(stream => TextEncoding.ToUtf8(stream, encoding)).ConfigureAwait(false);
    }

    /// <summary>Reads until the framer has so many bytes, or no more can be read. If reading fails after some text, the next read reports
    /// it.</summary>
    public async Task ReadAtLeastAsync(int bytes)
    {
        try
        {
            while (framer.Pending.Length < bytes && await ReadAsync().ConfigureAwait(false))
            {
            }
        }
        catch (EtlException) when (!framer.Pending.IsEmpty)
        {
            return;
        }
    }

    /// <summary>Reads some bytes into the framer.</summary>
    /// <returns>False at the end.</returns>
    public async Task<bool> ReadAsync()
    {
        if (_failure is not null)
            throw _failure;
        try
        {
            int count = await GuardAsync(() => input.ReadAsync(framer.GetRoom()).AsTask()).ConfigureAwait(false);
            framer.Fill(count);
            return count > 0 || !input.IsCutOff ? count > 0 : throw Failed("the file became shorter while it was being read.", null);
        }
        catch (EtlException e)
        {
            // The next read fails again, if this failure was ignored.
            _failure = e;
            throw;
        }
    }

    /// <summary>Goes to a position in the text; see <see cref="FileInput.GoToAsync"/>.</summary>
    public Task<int?> GoToAsync(long offset)
    {
        _failure = null;
        return GuardAsync(() => input.GoToAsync(offset));
    }

    private async Task WrapAsync(Func<Stream, Stream> wrap)
    {
        input.Wrap(framer.Pending.ToArray(), wrap);
        framer.Clear();
        await ReadAtLeastAsync(LongestMark).ConfigureAwait(false);
    }

    private async Task<T> GuardAsync<T>(Func<Task<T>> step)
    {
        try
        {
            return await step().ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            throw Failed(e.Message, e);
        }
        catch (EtlException e)
        {
            throw new EtlException(e.Code, e.Kind, $"{input.Name}: {e.Message}", e) { Detail = e.Detail };
        }
    }

    private EtlException Failed(string why, Exception? inner)
    {
        string where = string.Create(CultureInfo.InvariantCulture, $"after {framer.BytesFilled} bytes, on line {framer.Line}");
        return new EtlException(FailureCodes.ReadFailed, FailureKind.Unavailable, $"{input.Name}: reading failed {where}: {why}", inner);
    }
}
