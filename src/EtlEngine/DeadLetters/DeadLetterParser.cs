using System.Text;
using System.Text.Json;
using EtlTools.Engine.Records;
using EtlTools.Engine.Stages;

namespace EtlTools.Engine.DeadLetters;

/// <summary>One worker of the source, which creates records from dead letters.</summary>
internal sealed class DeadLetterParser(WorkerPort<DeadLetterChunk> pool, DeadLetterOptions options, ReplayTally tally)
{
    /// <summary>How many bytes of an unreadable line are kept.</summary>
    private const int MaxRawBytes = 64 * 1024;

    private static readonly Schema Raw = new(["raw"]);

    private readonly DeadLetterFormat.Reader _format = new(options.Filter);

    public async Task RunAsync()
    {
        await foreach (DeadLetterChunk chunk in pool.Input.ReadAllAsync(pool.Stopping).ConfigureAwait(false))
        {
            long begunAt = pool.Time.GetTimestamp();
            chunk.Made = chunk.Lines.Count + chunk.Repeated;
            chunk.Filtered = chunk.Repeated;
            foreach (DeadLetterChunk.Line line in chunk.Lines)
            {
                if (Read(chunk, line) is { } record)
                    chunk.Output.Add(record);
                else
                    chunk.Filtered++;
            }
            tally.Add(chunk.Output, chunk.File);
            pool.Finish(chunk, pool.Time.GetElapsedTime(begunAt));
        }
    }

    private Record? Read(DeadLetterChunk chunk, DeadLetterChunk.Line line)
    {
        var place = new SourcePosition(chunk.File, line.Number, line.Offset, line.Number);
        try
        {
            using var document = JsonDocument.Parse(chunk[line], new JsonDocumentOptions { MaxDepth = DeadLetterFormat.MaxDepth });
            Record? record = _format.Read(document.RootElement, place);
            return record?.DeadLetter is { Unread: [var first, ..] unread } ? record.Fail(NotInLetter(first) with { Unread = unread }) : record;
        }
        catch (Exception e) when (e is MalformedLetterException or JsonException or KeyNotFoundException or FormatException or InvalidOperationException or ArgumentException or OverflowException)
        {
            RecordError error = pool.NewError(ErrorCodes.MalformedLetter, $"The line is not a dead letter: {WhyNot(e)}.", (e as MalformedLetterException)?.Column);
            string raw = Encoding.UTF8.GetString(chunk[line].Span[..Math.Min(line.Length, MaxRawBytes)]);
            return new Record(Raw, new DeadLetterBlock(place, null, null), 0).Derive(new Record(Raw, [raw])).Fail(error);
        }
    }

    private static string WhyNot(Exception e) => e switch
    {
        MalformedLetterException => e.Message,
        JsonException => "it is not JSON; a letter is a JSON object on one line, as ConvertTo-Json -Compress writes it",
        _ => "one of its members has another form than in a letter",
    };

    private RecordError NotInLetter(string column) => pool.NewError(
        ErrorCodes.ConversionFailed,
        $"The letter has null in place of the value of '{column}', which could not be read from the source, or has no form in JSON. Read the record from its source again: a database column as text, with -Query; of an object the properties you need, with Select-Object.",
        column);
}
