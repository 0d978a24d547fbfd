using System.Collections;
using System.Numerics;
using CsCheck;
using EtlTools.Engine.DeadLetters;
using EtlTools.Engine.Extract;
using EtlTools.Engine.Records;
using EtlTools.Engine.Stages;
using EtlTools.Engine.Tests.Load;

namespace EtlTools.Engine.Tests.DeadLetters;

public sealed class DeadLetterSourceTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private string Path => _folder.File("orders.dead.jsonl");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Read_WrittenRecord_ComesBackTypedWithItsLineage()
    {
        object?[] values = [
            "text", null, true, 5, 5L, (short)5, (byte)5, 5UL, 0.5, 0.25f, 1.50m, double.NaN, new DateTime(2024, 1, 2, 3, 4, 5, DateTimeKind.Utc),
            new DateTime(2024, 1, 2, 3, 4, 5), new DateTimeOffset(2024, 1, 2, 3, 4, 5, TimeSpan.FromHours(2)), new DateOnly(2024, 1, 2), new TimeOnly(3, 4, 5),
            TimeSpan.FromSeconds(90), (Half)0.1, Half.NaN, BigInteger.Pow(10, 30), Int128.MinValue, UInt128.MaxValue, new byte[] { 1, 2 }, Guid.Parse("7fde78c9-ac9e-4464-8e3e-362cb6494e21"), 'x', "ü\u2028\""];
        Record failed = new PlaceBlock().Record(2, values).Fail(Error("ConversionFailed", column: "c3", detail: "d"));
        Write(failed);
        Record read = Assert.Single((await ReadAsync()).Records);
        Assert.Null(read.Error);
        Assert.Equal(values, Enumerable.Range(0, read.Schema.Count).Select(i => read[i]));
        Assert.Equal(values.Select(value => value?.GetType()), Enumerable.Range(0, read.Schema.Count).Select(i => read[i]?.GetType()));
        Assert.Equal(failed.Position, read.Position);
        Assert.Equal(failed.Id, read.Id);
        DeadLetter letter = read.DeadLetter!;
        Assert.Equal(("Invoke-EtlTransform", "ConversionFailed", "c3", "m", "d", 1), (letter.Stage, letter.Code, letter.Column, letter.Message, letter.Detail, letter.Attempts));
    }

    [Fact]
    public async Task Read_RecordThatFailsAgain_HasTheSameIdAndTheNextAttempt()
    {
        Write(new PlaceBlock().Record(2, ["x"]).Fail(Error("ConversionFailed")));
        for (int attempt = 2; attempt <= 3; attempt++)
        {
            Record read = Assert.Single((await ReadAsync()).Records);
            string id = read.DeadLetter!.LetterId;
            Record again = read.Derive(Rec.Of("other", 1)).Fail(Error("ConversionFailed"));
            Assert.Equal(attempt, again.Error!.Attempts);
            File.Delete(Path);
            Write(again);
            Record next = Assert.Single((await ReadAsync()).Records);
            Assert.Equal((attempt, id), (next.DeadLetter!.Attempts, next.DeadLetter.LetterId));
        }
    }

    [Fact]
    public async Task Read_LettersWrittenTwice_GivesEachOnce()
    {
        Record[] failed = [.. Enumerable.Range(0, 1000).Select(row => new PlaceBlock().Record(row, [row]).Fail(Error("C")))];
        Write(failed);
        Write(failed);
        Reading reading = await ReadAsync();
        Assert.Equal(Enumerable.Range(0, 1000).Select(row => (object)row), reading.Records.Select(record => record[0]));
        Assert.Equal((2000L, 1000L, 1000L), (reading.Counters.Made, reading.Counters.Filtered, reading.Counters.Out));
    }

    [Fact]
    public async Task Read_WithAFilter_GivesWhatItWants()
    {
        Write([.. Enumerable.Range(0, 10).Select(row => new PlaceBlock().Record(row, [row]).Fail(Error(row % 2 == 0 ? "Even" : "Odd")))]);
        Reading reading = await ReadAsync(letter => letter.Code == "Odd");
        Assert.Equal([1, 3, 5, 7, 9], reading.Records.Select(record => record[0]));
        Assert.True(reading.Counters.Balanced);
    }

    [Fact]
    public async Task Read_LineThatIsNoLetter_IsAFailedRecordAndTheOthersAreRead()
    {
        Write(new PlaceBlock().Record(1, [1]).Fail(Error("C")));
        File.AppendAllText(Path, """
            not json
            {"letterId":"00","data":{"a":1,,}}
            {"letterId":"01","data":{"a":"x"},"types":{"a":"guid"}}
            {"letterId":"02"}
            {"data":{"a":1}}

            {"letterId":"03","data":{"a":1},"unknown":{"b":[1]}}
            """ + "\n");
        Write(new PlaceBlock().Record(2, [2]).Fail(Error("C")));
        Reading reading = await ReadAsync();
        Assert.Equal([1, 1L, 2], reading.Records.Where(record => record.Error is null).Select(record => record[0]));
        Record[] failed = [.. reading.Records.Where(record => record.Error is not null)];
        Assert.Equal([2L, 3, 4, 5, 6], failed.Select(record => record.Position.Line));
        Assert.All(failed, record => Assert.Equal(ErrorCodes.MalformedLetter, record.Error!.Code));
        Assert.Equal("not json", failed[0][0]);
        Assert.DoesNotContain(failed, record => record.Error!.Message.Contains("not json", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("{", null, "a JSON object on one line")]
    [InlineData("5", null, "'letterId'")]
    [InlineData("[]", null, "'letterId'")]
    [InlineData("{\"letterId\":\"1\",\"data\":[]}", null, "'data'")]
    [InlineData("{\"letterId\":\"1\",\"data\":{\"a\":1,\"n\":5.5},\"types\":{\"n\":\"int\"}}", "n", "'n' in 'data' is no int,")]
    [InlineData("{\"letterId\":\"1\",\"data\":{\"n\":300},\"types\":{\"n\":\"byte\"}}", "n", "'n' in 'data' is no byte,")]
    [InlineData("{\"letterId\":\"1\",\"data\":{\"n\":{\"d\":\"x\"}},\"types\":{\"n\":{\"d\":\"date\"}}}", "n", "'n' in 'data' has a value")]
    [InlineData("{\"letterId\":\"1\",\"data\":{\"a\":1,\"A\":2}}", null, "a column twice")]
    [InlineData("{\"letterId\":\"1\",\"data\":{\"a\":1},\"attempts\":\"x\"}", null, "one of its members")]
    public async Task Read_DamagedLetter_SaysWhatIsDamaged(string line, string? column, string says)
    {
        File.WriteAllText(Path, line + "\n");
        RecordError error = Assert.Single((await ReadAsync()).Records).Error!;
        Assert.Equal((ErrorCodes.MalformedLetter, column), (error.Code, error.Column));
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("5.5", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_LetterOfValuesWithoutAForm_FailsForTheirColumns()
    {
        var self = new Hashtable { ["x"] = 1 };
        self["self"] = self;
        using var stream = new MemoryStream([1]);
        JsonValue folded = JsonValue.From(new Hashtable { ["s"] = stream }, value => value);
        Write(new PlaceBlock().Record(1, ["a", stream, self, new Hashtable { ["n"] = 1L, ["s"] = stream }, new Version(1, 2), folded]).Fail(Error("C")));
        string letter = File.ReadAllText(Path);
        Assert.Contains("\"data\":{\"c0\":\"a\",\"c1\":null,\"c2\":{\"self\":null,\"x\":1},\"c3\":{\"n\":1,\"s\":null},\"c4\":\"1.2\",\"c5\":null}", letter, StringComparison.Ordinal);
        Assert.Contains("\"unread\":[\"c1\",\"c2\",\"c3\",\"c5\"]", letter, StringComparison.Ordinal);
        Record replayed = Assert.Single((await ReadAsync()).Records);
        Assert.Equal((ErrorCodes.ConversionFailed, "c1"), (replayed.Error!.Code, replayed.Error.Column));
        Assert.Contains("has no form in JSON", replayed.Error.Message, StringComparison.Ordinal);
        Write(replayed);
        Assert.Contains("\"unread\":[\"c1\",\"c2\",\"c3\",\"c5\"]", File.ReadLines(Path).Last(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_TornLastLine_IsLeftOutWithAWarning()
    {
        Write(new PlaceBlock().Record(1, [1]).Fail(Error("C")));
        Write(new PlaceBlock().Record(2, [2]).Fail(Error("C")));
        string whole = File.ReadAllText(Path);
        int begin = whole.TrimEnd().LastIndexOf('\n') + 1;
        for (int cut = begin + 1; cut < whole.Length - 1; cut += 7)
        {
            File.WriteAllText(Path, whole[..cut]);
            Reading reading = await ReadAsync();
            Assert.Equal(1, Assert.Single(reading.Records)[0]);
            Assert.Equal(FailureCodes.TornDeadLetter, Assert.Single(reading.Notices).Failure.Code);
        }
        // The newline alone is missing: the letter is whole.
        File.WriteAllText(Path, whole.TrimEnd());
        Assert.Equal([1, 2], (await ReadAsync()).Records.Select(record => record[0]));
    }

    [Fact]
    public async Task Read_FileThatGrowsMeanwhile_EndsWhereItEndedAtTheOpening()
    {
        Write(new PlaceBlock().Record(1, [1]).Fail(Error("C")), new PlaceBlock().Record(2, [2]).Fail(Error("C")));
        var run = new EtlRun(TimeProvider.System);
        await using var source = new DeadLetterSource("Import-EtlDeadLetter", new DeadLetterOptions(), [new DiskFile(Path)], new StageOptions { BufferSize = 1, ThrottleLimit = 1 }, TimeProvider.System);
        var rows = new List<object?>();
        while (!source.IsEnded)
        {
            if (source.TryTake(out Record? record))
            {
                rows.Add(record[0]);
                Write(record.Derive(Rec.Of("a", 10 + rows.Count)).Fail(Error("Other")));
            }
            else
            {
                source.Wait(TimeSpan.FromSeconds(30));
            }
        }
        Assert.Equal([1, 2], rows);
        Assert.Equal(4, File.ReadAllLines(Path).Length);
    }

    [Fact]
    public async Task Read_FileMissing_Throws()
    {
        EtlException e = await Assert.ThrowsAsync<EtlException>(() => ReadAsync());
        Assert.Equal(FailureCodes.FileNotFound, e.Code);
    }

    [Fact]
    public async Task Read_HalfASurrogatePair_ComesBackAsItWas()
    {
        string[] texts = ["half \ud800", "\udc00\ud83d\ude00 \"\\\n", "\ud83d\ude00"];
        Write(new PlaceBlock().Record(2, [.. texts, new object[] { texts[0] }]).Fail(Error("C")));
        Record read = Assert.Single((await ReadAsync()).Records);
        Assert.Equal(texts, Enumerable.Range(0, 3).Select(i => read[i]));
        Assert.Equal([texts[0]], Assert.IsType<JsonValue>(read[3]).ToObjects(members => members) as object?[]);
    }

    [Fact]
    public async Task Read_BytesThatAreNoText_AreNoLetter()
    {
        File.WriteAllBytes(Path, [.. "{\"letterId\":\"a\",\"data\":{\"c\":\""u8, 0xFF, .. "\"}}\n{\"letterId\":\""u8, 0xFF, .. "\",\"data\":{}}\n"u8]);
        Reading reading = await ReadAsync();
        Assert.Equal([ErrorCodes.MalformedLetter, ErrorCodes.MalformedLetter], reading.Records.Select(record => record.Error!.Code));
    }

    [Fact]
    public void Read_AnyValues_ComeBackAsTheyWere()
    {
        Gen<object?> value = Gen.OneOf(
            Gen.String.Select(x => (object?)x), Gen.Long.Select(x => (object?)x), Gen.Int.Select(x => (object?)x), Gen.Double.Select(x => (object?)x),
            Gen.Float.Select(x => (object?)x), Gen.Decimal.Select(x => (object?)x), Gen.DateTime.Select(x => (object?)x), Gen.Bool.Select(x => (object?)x),
            Gen.Byte.Array.Select(x => (object?)x), Gen.DateTimeOffset.Select(x => (object?)x), Gen.Const((object?)null));
        value.Array[1, 6].Array[1, 5].Sample(rows =>
        {
            string path = _folder.File(Guid.NewGuid().ToString());
            using (var writer = new DeadLetterWriter(path, Guid.NewGuid(), TimeProvider.System))
            {
                for (int row = 0; row < rows.Length; row++)
                    writer.Write(new PlaceBlock().Record(row, rows[row]).Fail(Error("C")));
            }
            Reading reading = ReadAsync(path: path).GetAwaiter().GetResult();
            Assert.Equal(rows.Select(row => row.AsEnumerable()), reading.Records.Select(record => Enumerable.Range(0, record.Schema.Count).Select(i => record[i])));
        }, iter: 200, threads: 1);
    }

    private void Write(params Record[] failed)
    {
        using var writer = new DeadLetterWriter(Path, Guid.NewGuid(), TimeProvider.System);
        foreach (Record record in failed)
            writer.Write(record);
    }

    private static RecordError Error(string code, string? column = null, string? detail = null) =>
        new() { Code = code, Message = "m", Stage = "Invoke-EtlTransform", Column = column, Detail = detail };

    private async Task<Reading> ReadAsync(Func<DeadLetter, bool>? filter = null, string? path = null)
    {
        var options = new DeadLetterOptions { Filter = filter ?? (_ => true) };
        await using var source = new DeadLetterSource("Import-EtlDeadLetter", options, [new DiskFile(path ?? Path)], new StageOptions { ThrottleLimit = 2 }, TimeProvider.System);
        var records = new List<Record>();
        while (!source.IsEnded)
        {
            if (source.TryTake(out Record? record))
                records.Add(record);
            else
                Assert.True(source.Wait(TimeSpan.FromSeconds(30)), "The source hangs.");
        }
        var notices = new List<StageNotice>();
        while (source.Notices.TryTake(out StageNotice? notice))
            notices.Add(notice);
        return new Reading(records, notices, source.Counters);
    }

    private sealed record Reading(List<Record> Records, List<StageNotice> Notices, StageCounters Counters);

    private sealed class PlaceBlock : RecordBlock
    {
        private static readonly SourceInfo Source = new("orders.csv", "/data/orders.csv", "f");

        public Record Record(int row, object?[] values) =>
            new Record(Schema.Empty, this, row).Derive(new Record(new Schema(values.Select((_, i) => $"c{i}")), values));

        public override object? GetValue(int row, int column) => null;

        public override SourcePosition GetPosition(int row) => new(Source, row + 2, 100 + (row * 100), row + 1);
    }
}
