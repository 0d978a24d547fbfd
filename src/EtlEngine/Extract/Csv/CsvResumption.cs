using EtlTools.Engine.Records;

namespace EtlTools.Engine.Extract.Csv;

/// <summary>Goes to the position from which a file must be read, and checks that it is the same file.</summary>
internal sealed class CsvResumption(FileInput input, CsvRows rows, CsvTail tail)
{
    /// <summary>Goes to the first row that is not covered.</summary>
    /// <returns>How many rows precede it, as far as that is known.</returns>
    /// <exception cref="EtlException">The file does not support seeking, or is another one.</exception>
    public async Task<long> GoToAsync(FileBound from)
    {
        if (!input.CanSeek)
            throw Refused("the input does not support seeking; a pipe, for example, does not.");
        SourceCheck? check = from.Watermark?.Check;
        long start = check?.Start ?? from.ByteOffset;
        int? before = await rows.GoToAsync(start, check?.Line ?? from.Watermark?.Line ?? 1).ConfigureAwait(false);
        if (before is null)
            throw Refused($"byte {start} is beyond the end of the file.");
        if (before is not (-1 or '\r' or '\n'))
            throw Refused($"no record begins at byte {start}.");
        if (from.Watermark is not { } watermark)
            return 0;
        await PassCoveredAsync(watermark, check).ConfigureAwait(false);
        return watermark.Row;
    }

    /// <summary>Skips the record at the watermark and the records before it that identify the file.</summary>
    private async Task PassCoveredAsync(Watermark watermark, SourceCheck? check)
    {
        SourceCheck found = (check ?? default) with { Hash = 0 };
        long offset;
        do
        {
            CsvChunk covered = await rows.NextAsync(1).ConfigureAwait(false) ?? throw Refused($"byte {watermark.ByteOffset} is beyond the end of the file.");
            offset = covered.OffsetOf(0);
            found = found.With(SourceCheck.HashOf(covered.Frames[0].Content(covered.Buffer)));
            tail.Move(covered);
            covered.ReturnBuffers();
        }
        while (offset < watermark.ByteOffset);
        if (offset != watermark.ByteOffset)
            throw Refused($"no record begins at byte {watermark.ByteOffset}.");
        if (check is { } expected && found != expected)
            throw Refused($"the records up to byte {watermark.ByteOffset} are not those that the watermark '{watermark.Name}' covers: {watermark.Source} is now another file. Use -ResumeFrom $null to read it from the beginning.");
    }

    private EtlException Refused(string why) =>
        new(FailureCodes.WatermarkMismatch, FailureKind.InvalidCall, $"{input.Name}: -ResumeFrom: {why}");
}
