using System.Text;
using EtlTools.Engine.Extract;
using EtlTools.Engine.Extract.Csv;
using EtlTools.Engine.Records;
using EtlTools.Engine.Stages;

namespace EtlTools.Engine.Tests.Extract.Csv;

/// <summary>What came out of a source that was read to its end.</summary>
internal sealed record CsvOutcome(List<Record> Records, EtlException? Fault, List<StageNotice> Notices, StageCounters Counters)
{
    public IEnumerable<Record> Good => Records.Where(record => record.Error is null);

    public IEnumerable<Record> Failed => Records.Where(record => record.Error is not null);

    /// <summary>Each record as <c>a|b|c</c>, a failed one with its code before it.</summary>
    public IEnumerable<string> Lines => Records.Select(Render);

    public static string Render(Record record)
    {
        string values = string.Join('|', Enumerable.Range(0, record.Schema.Count).Select(i => record[i] ?? "<null>"));
        return record.Error is null ? values : $"{record.Error.Code}@{record.Position.Line}: {values}";
    }
}

internal static class CsvReading
{
    public static readonly StageOptions TwoWorkers = new() { ThrottleLimit = 2 };

    public static CsvOutcome Read(string text, CsvOptions? options = null, int pieceSize = int.MaxValue) =>
        Read(Encoding.UTF8.GetBytes(text), options, () => pieceSize);

    public static CsvOutcome Read(byte[] bytes, CsvOptions? options = null, Func<int>? pieceSize = null, StageOptions? stage = null) =>
        Read(new PieceStream(bytes, pieceSize ?? (() => int.MaxValue)), options, stage);

    public static CsvOutcome Read(Stream stream, CsvOptions? options = null, StageOptions? stage = null) =>
        Drain(Open(stream, options, stage));

    public static CsvSource Open(Stream stream, CsvOptions? options = null, StageOptions? stage = null) =>
        new("Import", options ?? new CsvOptions(), [new StreamFile("/data/orders.csv", () => stream)], stage ?? TwoWorkers, TimeProvider.System);

    public static CsvSource OpenFiles(IReadOnlyList<string> paths, CsvOptions? options = null) =>
        new("Import", options ?? new CsvOptions(), [.. paths.Select(path => new DiskFile(path))], TwoWorkers, TimeProvider.System);

    /// <summary>Takes all records, checks the sums, and disposes of the source.</summary>
    public static CsvOutcome Drain(CsvSource source)
    {
        var records = new List<Record>();
        EtlException? fault = null;
        try
        {
            while (!source.IsEnded)
            {
                while (source.TryTake(out Record? record))
                    records.Add(record);
                if (!source.IsEnded)
                    Assert.True(source.Wait(TimeSpan.FromSeconds(60)), "The source hangs.");
            }
        }
        catch (EtlException e)
        {
            fault = e;
        }
        fault ??= source.Ending;
        var notices = new List<StageNotice>();
        while (source.Notices.TryTake(out StageNotice? notice))
        {
            // What a file's delimiter and encoding were found to be is told of every file.
            if (notice is not { Level: NoticeLevel.Verbose, Failure.Code: FailureCodes.DelimiterInDoubt })
                notices.Add(notice);
        }
        Assert.True(source.DisposeAsync().AsTask().Wait(TimeSpan.FromSeconds(60)), "Disposing hangs.");
        Assert.True(source.Counters.Balanced);
        Assert.Equal(records.Count, source.Counters.Made);
        Assert.Equal(records.Count(record => record.Error is not null), source.Counters.Failed);
        return new CsvOutcome(records, fault, notices, source.Counters);
    }
}
