using System.IO.Compression;
using System.Text;
using EtlTools.Engine.Extract;
using EtlTools.Engine.Extract.Json;
using EtlTools.Engine.Records;
using EtlTools.Engine.Stages;
using EtlTools.Engine.Tests.Extract.Api;
using EtlTools.Engine.Tests.Load;

namespace EtlTools.Engine.Tests.Extract.Json;

public sealed class JsonSourceTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("t.jsonl")]
    [InlineData("t.ndjson.gz")]
    [InlineData("t.json")]
    [InlineData("t.json.gz")]
    public async Task Read_Resumed_GoesOnBehindEachRecord(string name)
    {
        string path = Write(name, JsonLayoutGuess.OfName(name) == JsonLayout.JsonLines
            ? "{\"id\":1}\n\n  {\"id\":2}\r\nnonsense\n{\"id\":4}\n{\"id\":5}"
            : """[{"id":1},{"id":2} , nonsense,{"id":4}, {"id":5}]""");
        List<Record> all = await ReadAsync(path);
        Assert.Equal([1L, 2L, null, 4L, 5L], all.Select(record => record.Error is null ? record[0] : null));
        for (int i = 0; i < all.Count; i++)
        {
            List<Record> rest = await ReadAsync(path, MarkAt(all[i]));
            Assert.Equal(all[(i + 1)..].Select(record => record.Position with { Source = all[0].Position.Source }), rest.Select(record => record.Position with { Source = all[0].Position.Source }));
            Assert.Equal(all[(i + 1)..].Select(record => record[0]), rest.Select(record => record[0]));
        }
    }

    [Fact]
    public async Task Read_ResumedInAChangedFile_IsRefused()
    {
        string path = Write("t.jsonl", "{\"id\":1}\n{\"id\":2}\n");
        Watermark mark = MarkAt((await ReadAsync(path))[1]);
        Write("t.jsonl", "{\"id\":11}\n{\"id\":2}\n");
        Assert.Equal(FailureCodes.WatermarkMismatch, (await Assert.ThrowsAsync<EtlException>(() => ReadAsync(path, mark))).Code);
    }

    [Fact]
    public async Task Read_FileEndsInTheMiddle_GivesWhatCameBefore()
    {
        string path = Write("t.json", """{"items":[{"id":1},{"id":""");
        await using JsonSource source = Open(path, SourceBounds.None, "items");
        List<Record> records = await Calls.DrainAsync(source);
        EtlException e = Assert.IsType<EtlException>(source.Ending);
        Assert.Equal((FailureCodes.NotJson, 1), (e.Code, records.Count));
        Assert.StartsWith("t.json: It ends in the middle", e.Message, StringComparison.Ordinal);
    }

    private static Watermark MarkAt(Record record) => new()
    {
        Name = "w",
        Source = record.Position.Source.Path,
        Fingerprint = record.Position.Source.Fingerprint,
        Line = record.Position.Line,
        ByteOffset = record.Position.ByteOffset,
        Row = record.Position.Row,
    };

    private static async Task<List<Record>> ReadAsync(string path, Watermark? mark = null)
    {
        await using JsonSource source = Open(path, new SourceBounds { Watermarks = mark is null ? [] : [mark] });
        return await Calls.DrainAsync(source);
    }

    private static JsonSource Open(string path, SourceBounds bounds, string itemPath = "$") => new(
        "Import-EtlJson",
        new JsonOptions { Format = JsonReading.Items(itemPath), GuessesLayout = true, ResumeFrom = bounds },
        [new DiskFile(path)],
        new StageOptions { BufferSize = 10 },
        TimeProvider.System);

    private string Write(string name, string text)
    {
        string path = Path.Combine(_folder.Path, name);
        using FileStream file = File.Create(path);
        using Stream target = name.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(file, CompressionLevel.Fastest) : file;
        target.Write(Encoding.UTF8.GetBytes(text));
        return path;
    }
}
