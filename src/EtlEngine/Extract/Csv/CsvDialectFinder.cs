namespace EtlTools.Engine.Extract.Csv;

/// <summary>Finds out how a file is written: what stands before its header, and its delimiter.</summary>
internal sealed class CsvDialectFinder(CsvOptions options, FileInput input, CsvText text, CsvFramer framer)
{
    /// <summary>Reads as far as that is known; nothing of it is taken.</summary>
    /// <param name="file">Is told of doubts.</param>
    public async Task<(CsvDialect Dialect, CsvPreamble Preamble)> FindAsync(CsvFile file)
    {
        await text.SettleAsync().ConfigureAwait(false);
        CsvPreamble preamble = await ReadPreambleAsync().ConfigureAwait(false);
        char? comment = preamble.FieldsLine.Length > 0 ? '#' : options.Comment;
        string delimiter = preamble.Delimiter ?? options.Delimiter ?? await GuessDelimiterAsync(file).ConfigureAwait(false);
        if (options.Delimiter is null || text.IsTranscoded)
            file.Tell($"{input.Name}: the delimiter is {CsvWrongDelimiter.Shown(delimiter)}, the encoding {text.EncodingName}.");
        return (options.DialectFor(delimiter, comment, preamble.FieldsLine), preamble);
    }

    private async Task<CsvPreamble> ReadPreambleAsync()
    {
        if (!CsvPreamble.IsPossible(framer.Pending, options))
            return new CsvPreamble();
        while (!framer.HasEnded && CsvPreamble.NeedsMore(framer.Pending))
            await text.ReadAsync().ConfigureAwait(false);
        return CsvPreamble.Read(framer.Pending, options);
    }

    private async Task<string> GuessDelimiterAsync(CsvFile file)
    {
        // Of a pipe no more may come for long.
        if (input.CanSeek)
            await text.ReadAtLeastAsync(DelimiterGuess.HeadBytes).ConfigureAwait(false);
        while (!framer.HasEnded && !framer.Pending.ContainsAny((byte)'\r', (byte)'\n'))
            await text.ReadAsync().ConfigureAwait(false);
        string best = DelimiterGuess.Of(framer.Pending, framer.HasEnded, options, out string? rival);
        if (rival is { } other)
            file.Warn(FailureCodes.DelimiterInDoubt, $"{input.Name}: {CsvWrongDelimiter.Shown(best)} and {CsvWrongDelimiter.Shown(other)} would both work as the delimiter; {CsvWrongDelimiter.Shown(best)} is used. If that is wrong, use -Delimiter.");
        return best;
    }
}
