using System.Text;
using EtlTools.Engine.Extract.Json;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Tests.Extract.Json;

public class JsonBodyReaderTests
{
    [Theory]
    [InlineData(int.MaxValue)]
    [InlineData(1)]
    [InlineData(7)]
    public async Task Read_ItemsInAnEnvelope_GivesThemAndTheWatchedValue(int piece)
    {
        const string Text = """{"meta":{"next":"a\"b","items":[1]},"items":[ {"id":1,"name":"Ada"} , {"id":2,"name":null}],"total":2}""";
        var (records, reader) = await JsonReading.ReadAsync(Text, JsonReading.Items("items", "meta.next"), piece);
        Assert.Equal([1L, 2L], records.Select(record => record[0]));
        Assert.Equal(["Ada", null], records.Select(record => record[1]));
        Assert.Equal("a\"b", JsonWatched.TextOf(Assert.Single(reader.Envelope.Watched).Found.Some!));
        Assert.Same(records[0].Schema, records[1].Schema);
        Assert.Equal([Text.IndexOf("{\"id\":1", StringComparison.Ordinal), Text.IndexOf("{\"id\":2", StringComparison.Ordinal)], records.Select(record => (int)record.Position.ByteOffset));
        Assert.Equal([1L, 2L], records.Select(record => record.Position.Row));
    }

    [Theory]
    [InlineData("""{"next":"\ud800","items":[]}""")]
    [InlineData("""{"\udc00":1,"items":[]}""")]
    [InlineData("{\"next\":\"?\",\"items\":[]}")]
    [InlineData("{\"?\":1,\"items\":[]}")]
    public async Task Read_NoTextOutsideTheItems_IsInvalidJson(string text)
    {
        byte[] json = [.. Encoding.UTF8.GetBytes(text).Select(letter => letter == '?' ? (byte)0xFF : letter)];
        JsonTextException e = await Assert.ThrowsAsync<JsonTextException>(() => JsonReading.ReadAsync(json, JsonReading.Items("items", "next")));
        Assert.Equal(JsonTextFault.Invalid, e.Fault);
    }

    [Theory]
    [InlineData("data.rows", """{"data":{"other":[{"rows":[1]}],"rows":[{"a":1}]}}""")]
    [InlineData("$.rows", """{"x":[[],{}],"rows":[{"a":1}]}""")]
    [InlineData("$", """ [{"a":1}] """)]
    [InlineData("$", """{"a":1}""")]
    [InlineData("items", "\uFEFF{\"items\":[{\"a\":1}]}")]
    public async Task Read_ItemPath_FindsTheItems(string path, string text)
    {
        var (records, _) = await JsonReading.ReadAsync(text, JsonReading.Items(path), piece: 3);
        Assert.Equal(1L, Assert.Single(records).Column("a"));
    }

    [Theory]
    [InlineData("""{"items":[]}""")]
    [InlineData("""{"items":null,"next":null}""")]
    public async Task Read_NoItems_IsNoError(string text) =>
        Assert.Empty((await JsonReading.ReadAsync(text, JsonReading.Items())).Records);

    [Theory]
    [InlineData("""{"data":{"rows":[],"next":1}}""", "data.items", "The document has the keys data, data.rows, data.next.")]
    [InlineData("""{"result":[],"total":0}""", "items", "The document has the keys result, total.")]
    [InlineData("""[{"a":1}]""", "items", "use -ItemPath '$'")]
    [InlineData("{}", "items", "has no keys")]
    public async Task Read_ItemsMissing_SaysWhatIsThere(string text, string path, string says)
    {
        JsonTextException e = await Assert.ThrowsAsync<JsonTextException>(() => JsonReading.ReadAsync(text, JsonReading.Items(path)));
        Assert.Equal(JsonTextFault.ItemsMissing, e.Fault);
        Assert.Contains(says, e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("<html></html>", "Markup")]
    [InlineData("""{"items":[{"a":1},""", "Truncated")]
    [InlineData("""{"items":[{"a":1""", "Truncated")]
    [InlineData("""{"items":[{"a":1}]""", "Truncated")]
    [InlineData("""{"ite""", "Truncated")]
    [InlineData("", "Truncated")]
    [InlineData("""{"items":[{"a":1} {"a":2}]}""", "Invalid")]
    [InlineData("""{"items":[{"a":1},]}""", "Invalid")]
    [InlineData("""{"items":[{"a":1}]} x       and so on, for some more bytes""", "Invalid")]
    [InlineData("""{'items':[{"a":1},{"a":2}]}""", "Invalid")]
    public async Task Read_BrokenText_IsToldApart(string text, string fault)
    {
        foreach (int piece in (int[])[1, 5, int.MaxValue])
        {
            JsonTextException e = await Assert.ThrowsAsync<JsonTextException>(() => JsonReading.ReadAsync(text, JsonReading.Items(), piece));
            Assert.Equal(fault, e.Fault.ToString());
        }
    }

    [Theory]
    [InlineData(int.MaxValue)]
    [InlineData(1)]
    public async Task Read_BadItems_FailAndTheOthersGoOn(int piece)
    {
        const string Text = """{"items":[{"id":1},{"id":tru},7,[1,2],"x",{"id":2,"ID":3},{"":1},{"id":"\ud800"},nonsense,{"id":4}]}""";
        var (records, _) = await JsonReading.ReadAsync(Text, JsonReading.Items(), piece);
        Assert.Equal(
            [null, "InvalidJson", "NotAnObject", "NotAnObject", "NotAnObject", "DuplicateName", "InvalidJson", "InvalidBytes", "InvalidJson", null],
            records.Select(record => record.Error?.Code));
        Assert.Equal(4L, records[^1][0]);
        if (piece > 1)
            Assert.Equal("""{"id":tru}""", records[1].Column("raw"));
        Assert.Contains($"at byte {Text.IndexOf("tru", StringComparison.Ordinal)}.", records[1].Error!.Message, StringComparison.Ordinal);
        Assert.Equal(Enumerable.Range(1, 10).Select(i => (long)i), records.Select(record => record.Position.Row));
    }

    [Theory]
    [InlineData(100)]
    [InlineData(int.MaxValue)]
    public async Task Read_ItemTooLarge_FailsAndTheOthersGoOn(int piece)
    {
        string large = new('x', 200_000);
        JsonFormat format = JsonReading.Items() with { MaxItemBytes = 1000 };
        var (records, _) = await JsonReading.ReadAsync($$"""{"items":[{"a":1},{"a":"{{large}}]},{"},{"a":2}]}""", format, piece);
        Assert.Equal([null, ErrorCodes.RecordTooLarge, null], records.Select(record => record.Error?.Code));
        Assert.Equal(2L, records[2][0]);
    }

    [Fact]
    public async Task Read_Lines_HaveNumbersAndOffsets()
    {
        const string Text = "{\"a\":1}\r\n\n  {\"a\":2}\n{\"a\":\n[1]\n{\"a\":3} x\n{\"a\":4}";
        foreach (int piece in (int[])[1, 4, int.MaxValue])
        {
            var (records, _) = await JsonReading.ReadAsync(Text, JsonReading.Lines, piece);
            Assert.Equal([1L, 3, 4, 5, 6, 7], records.Select(record => record.Position.Line));
            Assert.Equal([null, null, "InvalidJson", "NotAnObject", "InvalidJson", null], records.Select(record => record.Error?.Code));
            Assert.Equal(Text.LastIndexOf('{'), records[^1].Position.ByteOffset);
        }
    }

    [Fact]
    public async Task Read_LineTooLong_FailsAndTheOthersGoOn()
    {
        string text = "{\"a\":1}\n{\"a\":\"" + new string('x', 100_000) + "\"}\n{\"a\":2}\n";
        var (records, _) = await JsonReading.ReadAsync(text, JsonReading.Lines with { MaxItemBytes = 5000 });
        Assert.Equal([null, ErrorCodes.RecordTooLarge, null], records.Select(record => record.Error?.Code));
        Assert.Equal([1L, 2, 3], records.Select(record => record.Position.Line));
    }

    [Fact]
    public async Task Read_Values_LoseNothing()
    {
        const string Text = """
            {"items":[{"l":9223372036854775807,"d":0.1,"e":1e3,"big":12345678901234567890,"huge":1e300,"long":0.12345678901234567890123456789012345,
            "tiny":1e-40,"neg":-1.50,"t":true,"f":false,"n":null,"s":"a\u00e9\n","o":{"x":[1, 2]},"a":[]}]}
            """;
        var (records, _) = await JsonReading.ReadAsync(Text, JsonReading.Items());
        Record r = Assert.Single(records);
        object?[] expected =
        [
            long.MaxValue, 0.1m, 1000m, 12345678901234567890m, 1e300, "0.12345678901234567890123456789012345",
            1e-40, -1.50m, true, false, null, "aé\n",
        ];
        Assert.Equal(expected, Enumerable.Range(0, expected.Length).Select(i => r[i]));
        Assert.Equal(["""{"x":[1, 2]}""", "[]"], [r.Column("o")!.ToString(), r.Column("a")!.ToString()]);
    }

    [Fact]
    public async Task Read_Flatten_MakesDottedColumns()
    {
        JsonFormat format = JsonReading.Items() with { Flatten = true };
        const string Text = """{"items":[{"id":1,"a":{"b":{"c":2,"d":[3]},"e":{}},"f":4},{"id":5,"a":{"b":{"c":6,"d":null},"e":{"g":7}},"f":8}]}""";
        foreach (int piece in (int[])[1, int.MaxValue])
        {
            var (records, _) = await JsonReading.ReadAsync(Text, format, piece);
            Assert.Equal(["id", "a.b.c", "a.b.d", "a.e", "f"], records[0].Schema.Names);
            Assert.Equal([1L, 2L, "[3]", "{}", 4L], Enumerable.Range(0, 5).Select(i => records[0][i] is JsonValue nested ? nested.ToString() : records[0][i]));
            Assert.Equal(["id", "a.b.c", "a.b.d", "a.e.g", "f"], records[1].Schema.Names);
            Assert.Equal([5L, 6L, null, 7L, 8L], Enumerable.Range(0, 5).Select(i => records[1][i]));
        }
    }

    [Fact]
    public async Task Read_TheSourceStalls_GivesWhatIsThere()
    {
        var (first, second) = ("{\"items\":[{\"a\":1},{\"a\":2}", ",{\"a\":3}]}");
        var pipe = new System.IO.Pipelines.Pipe();
        await pipe.Writer.WriteAsync(Encoding.UTF8.GetBytes(first), TestContext.Current.CancellationToken);
        var reader = new JsonBodyReader(pipe.Reader.AsStream(), JsonReading.Items(), JsonReading.Source);
        JsonChunk? chunk = await reader.ReadAsync(1000, TestContext.Current.CancellationToken);
        Assert.Equal(2, chunk!.Count);
        await pipe.Writer.WriteAsync(Encoding.UTF8.GetBytes(second), TestContext.Current.CancellationToken);
        await pipe.Writer.CompleteAsync();
        Assert.Equal(1, (await reader.ReadAsync(1000, TestContext.Current.CancellationToken))!.Weight);
        Assert.Null(await reader.ReadAsync(1000, TestContext.Current.CancellationToken));
    }
}

internal static class RecordColumns
{
    /// <summary>A column by its name.</summary>
    public static object? Column(this Record record, string name) =>
        record.TryGetValue(name, out object? value) ? value : throw new KeyNotFoundException(name);
}
