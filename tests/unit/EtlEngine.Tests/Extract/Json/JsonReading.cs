using System.Text;
using EtlTools.Engine.Extract.Json;
using EtlTools.Engine.Records;
using EtlTools.Engine.Stages;

namespace EtlTools.Engine.Tests.Extract.Json;

/// <summary>Reads JSON texts from memory as the sources do.</summary>
internal static class JsonReading
{
    public static JsonFormat Items(string path = "items", string? watched = null) => new()
    {
        ItemPath = JsonPath.Parse(path, "ItemPath"),
        WatchedPaths = watched is null ? [] : [JsonPath.Parse(watched, "NextPath")],
    };

    public static SourceInfo Source { get; } = new("t.json", "/t.json");

    public static JsonFormat Lines => new() { Layout = JsonLayout.JsonLines };

    /// <summary>All records of a text that comes in pieces of so many bytes.</summary>
    public static async Task<(List<Record> Records, JsonBodyReader Reader)> ReadAsync(byte[] text, JsonFormat format, int piece = int.MaxValue, int maxItems = 1000)
    {
        var records = new List<Record>();
        var reader = new JsonBodyReader(new TrickleStream(text, piece), format, Source);
        await ReadIntoAsync(records, reader, format, maxItems);
        return (records, reader);
    }

    public static Task<(List<Record> Records, JsonBodyReader Reader)> ReadAsync(string text, JsonFormat format, int piece = int.MaxValue) =>
        ReadAsync(Encoding.UTF8.GetBytes(text), format, piece);

    public static async Task ReadIntoAsync(List<Record> records, JsonBodyReader reader, JsonFormat format, int maxItems = 1000)
    {
        while (await reader.ReadAsync(maxItems, TestContext.Current.CancellationToken) is { } chunk)
        {
            chunk.FirstRow = records.Count + 1;
            await using var pool = new OneChunk(chunk, format);
            while (!pool.IsEnded)
            {
                pool.Wait(TimeSpan.FromSeconds(5));
                while (pool.TryTake(out Record? record))
                    records.Add(record);
            }
        }
    }

    private sealed class OneChunk : PoolStage<JsonChunk>
    {
        public OneChunk(JsonChunk chunk, JsonFormat format)
            : base("Import-EtlJson", new StageOptions { ThrottleLimit = 1 }, TimeProvider.System, port => JsonWorker.RunAsync(port, format))
        {
            EnterAsync(chunk, CancellationToken.None).AsTask().GetAwaiter().GetResult();
            EndInput();
        }
    }

    /// <summary>Gives at most so many bytes a read.</summary>
    private sealed class TrickleStream(byte[] bytes, int piece) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(buffer.Length, piece)], cancellationToken);
    }
}
