using EtlTools.Engine.Extract.Api;
using EtlTools.Engine.Records;
using EtlTools.Engine.Resilience;
using EtlTools.Engine.Stages;

namespace EtlTools.Engine.Tests.Extract.Api;

/// <summary>Runs the API stages as the cmdlet does.</summary>
internal static class Calls
{
    public static ApiExtract From(TestService service, string path = "/items") => new() { Uri = new Uri(service.Url + path), Calls = Quick };

    /// <summary>Delays short enough for a test.</summary>
    public static ApiCallOptions Quick => new() { BaseDelay = TimeSpan.FromMilliseconds(1), MaxDelay = TimeSpan.FromMilliseconds(5), OutageBudget = TimeSpan.FromSeconds(10) };

    public static List<long> Ids(IEnumerable<Record> records) => [.. records.Select(record => (long)record[0]!)];

    public static BreakerRegistry Breakers() => new(TimeProvider.System);

    public static async Task<(List<Record> Records, List<string> Notices)> ReadAsync(ApiExtract extract, BreakerRegistry? breakers = null, int bufferSize = 10_000)
    {
        await using var source = new ApiSource("Invoke-EtlApi", extract, breakers ?? Breakers(), bufferSize, TimeProvider.System, new Random(1));
        List<Record> records = await DrainAsync(source);
        Assert.Null(source.Ending);
        return (records, Notices(source));
    }

    /// <summary>What came out, and the failure that ended it.</summary>
    public static async Task<(List<Record> Records, EtlException Failure)> FailAsync(ApiExtract extract, BreakerRegistry? breakers = null)
    {
        await using var source = new ApiSource("Invoke-EtlApi", extract, breakers ?? Breakers(), 10_000, TimeProvider.System, new Random(1));
        var records = new List<Record>();
        await DrainIntoAsync(source, records);
        return (records, Assert.IsType<EtlException>(source.Ending));
    }

    public static async Task<List<Record>> DrainAsync(RecordStage stage)
    {
        var records = new List<Record>();
        await DrainIntoAsync(stage, records);
        Assert.True(stage.Counters.Balanced);
        return records;
    }

    /// <summary>Puts records in, and takes what comes out meanwhile.</summary>
    public static Task PumpAsync(RecordPoolStage stage, IEnumerable<Record> input, List<Record> output) => Task.Run(async () =>
    {
        foreach (Record record in input)
        {
            while (!stage.TryPost(record))
            {
                while (stage.TryTake(out Record? taken))
                    output.Add(taken);
                stage.Wait(TimeSpan.FromMilliseconds(20));
            }
        }
        stage.CompleteInput();
        await DrainIntoAsync(stage, output);
    });

    public static Task DrainIntoAsync(RecordStage stage, List<Record> records) => Task.Run(() =>
    {
        while (true)
        {
            while (stage.TryTake(out Record? record))
                records.Add(record);
            if (stage.IsEnded)
                break;
            stage.Wait(TimeSpan.FromSeconds(1));
        }
    });

    public static List<string> Notices(RecordStage stage)
    {
        var notices = new List<string>();
        while (stage.Notices.TryTake(out StageNotice? notice))
            notices.Add(notice.Failure.Message);
        return notices;
    }
}
