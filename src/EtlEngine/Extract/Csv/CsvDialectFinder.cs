namespace EtlTools.Engine.Extract.Csv;

/// <summary>Detects the format of a file: what precedes its header, and its delimiter.</summary>
internal sealed class CsvDialectFinder(CsvOptions options, FileInput input, CsvText text, CsvFramer framer)
{
    /// <summary>Reads as far as necessary, without taking anything.</summary>
    /// <param name="file">Receives doubts.</param>
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
        // From a pipe, more may not arrive for a long time.
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
