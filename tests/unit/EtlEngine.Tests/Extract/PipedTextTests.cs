using System.Text;
using EtlTools.Engine.Extract;
using EtlTools.Engine.Extract.Csv;
using EtlTools.Engine.Extract.Json;
using EtlTools.Engine.Records;
using EtlTools.Engine.Stages;
using EtlTools.Engine.Tests.Extract.Api;
using EtlTools.Engine.Tests.Extract.Csv;
using EtlTools.Engine.Tests.Extract.Json;

namespace EtlTools.Engine.Tests.Extract;

public sealed class PipedTextTests
{
    [Fact]
    public async Task TryWrite_Lines_AreReadWithPositionsInTheText()
    {
        List<Record> records = await ReadCsvAsync(["id,name", "1,ada", "2,\"two", "lines\"", "3,é", "x\n4,last\n"]);
        Assert.Equal(["1|ada", "2|two\nlines", "3|é", "TooFewFields@6: x", "4|last"], records.Select(CsvOutcome.Render));
        Assert.Equal([(2, 8), (3, 14), (5, 28), (6, 33), (7, 35)], records.Select(record => (record.Position.Line, record.Position.ByteOffset)));
    }

    [Fact]
    public async Task TryWrite_TextLargerThanThePipe_IsReadAsItWas()
    {
        // An emoji at the end of each slice: its two halves come in two of them.
        string text = "v\n" + string.Concat(Enumerable.Repeat(new string('x', 997) + "😀\n", 5000));
        List<Record> records = await ReadCsvAsync([text]);
        Assert.Equal(5000, records.Count);
        Assert.All(records, record => Assert.Equal(new string('x', 997) + "😀", record[0]));
    }

    [Fact]
    public async Task TryWrite_NobodyReadsAnyMore_TakesAnything()
    {
        var text = new PipedText();
        await using var source = new CsvSource("ConvertFrom", new CsvOptions(), [text], CsvReading.TwoWorkers, TimeProvider.System);
        source.Drain();
        string large = new('x', 1024 * 1024);
        Assert.True(SpinWait.SpinUntil(() => text.TryWrite(large), TimeSpan.FromSeconds(60)));
        Assert.True(SpinWait.SpinUntil(() => !text.HasUnreadText, TimeSpan.FromSeconds(60)));
    }

    [Theory]
    [InlineData("{\"a\":1}", "{\"a\":2}")]
    [InlineData("[{\"a\":1}", ",{\"a\":2}]")]
    [InlineData("{\"a\":1}\n{\"a\":2}\n")]
    [InlineData("[{\"a\":\n1},{\"a\":2}]")]
    public async Task TryWrite_Json_IsReadAsLinesOrAsADocument(params string[] pieces)
    {
        var text = new PipedText();
        await using var source = new JsonSource(
            "ConvertFrom", new JsonOptions { Format = JsonReading.Items("$"), GuessesLayout = true }, [text], new StageOptions { BufferSize = 10 }, TimeProvider.System);
        Write(text, pieces);
        Assert.Equal([1L, 2L], (await Calls.DrainAsync(source)).Select(record => record[0]));
    }

    private static async Task<List<Record>> ReadCsvAsync(string[] pieces)
    {
        var text = new PipedText();
        await using var source = new CsvSource("ConvertFrom", new CsvOptions(), [text], CsvReading.TwoWorkers, TimeProvider.System);
        Task writing = Task.Run(() => Write(text, pieces));
        List<Record> records = await Calls.DrainAsync(source);
        await writing;
        return records;
    }

    private static void Write(PipedText text, string[] pieces)
    {
        foreach (string piece in pieces)
            Assert.True(SpinWait.SpinUntil(() => text.TryWrite(piece), TimeSpan.FromSeconds(60)));
        text.CompleteInput();
    }
}
