using EtlTools.Engine.Records;

namespace EtlTools.Engine.Extract.Csv;

/// <summary>The last records that were read, for the check of a watermark in the next chunk.</summary>
internal sealed class CsvTail
{
    /// <summary>How many bytes of records a check covers at least, if there are as many.</summary>
    private const int Least = 4096;

    private SourceCheck _check;
    private long _bytes;

    /// <summary>The check before a chunk's first record; then the last records of the chunk become the last ones.</summary>
    public SourceCheck Move(CsvChunk chunk)
    {
        SourceCheck before = _bytes > 0 ? _check : new SourceCheck(chunk.OffsetOf(0), chunk.FirstLine, 0);
        ReadOnlySpan<CsvFrame> frames = chunk.Frames;
        // Only the records' bytes, because there may be any number of blank lines and comments between them.
        long bytes = 0;
        int first = frames.Length;
        while (first > 0 && bytes < Least)
            bytes += frames[--first].Length;
        if (bytes >= Least || _bytes == 0 || chunk.OffsetOf(0) - _check.Start > CsvFramer.ReadSize)
        {
            _check = new SourceCheck(chunk.OffsetOf(first), chunk.FirstLine + frames[first].Line, 0);
            _bytes = 0;
        }
        for (int row = first; row < frames.Length; row++)
            _check = _check.With(SourceCheck.HashOf(frames[row].Content(chunk.Buffer)));
        _bytes += bytes;
        return before;
    }
}
