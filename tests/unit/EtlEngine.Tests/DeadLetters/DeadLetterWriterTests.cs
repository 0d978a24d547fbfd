using System.Text.Json;
using EtlTools.Engine.DeadLetters;
using EtlTools.Engine.Files;
using EtlTools.Engine.Load;
using EtlTools.Engine.Records;
using EtlTools.Engine.Stages;
using EtlTools.Engine.Tests.Load;
using Microsoft.Extensions.Time.Testing;

namespace EtlTools.Engine.Tests.DeadLetters;

public sealed class DeadLetterWriterTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2024, 1, 2, 3, 4, 5, TimeSpan.Zero));

    private string Path => _folder.File("dead.jsonl");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Write_TypedRecord_HoldsAllThatAReplayNeeds()
    {
        var run = Guid.NewGuid();
        Record record = new PositionBlock(3).Record(1, [
            "text", null, true, 5, 5L, 0.5, 1.50m, new DateTime(2024, 1, 2, 3, 4, 5, DateTimeKind.Utc), new byte[] { 1, 2 }, double.NaN, "ü\u2028\""]);
        using (var writer = new DeadLetterWriter(Path, run, _time))
        {
            writer.Write(record.Fail(new RecordError
            {
                Code = ErrorCodes.ScriptFailed,
                Message = "m",
                Stage = "Invoke-EtlTransform",
                Column = "c3",
                Detail = "d",
                Attempts = 2,
            }));
            writer.Flush();
            Assert.Equal(1, writer.Count);
        }
        string line = File.ReadAllLines(Path).Single();
        using var letter = JsonDocument.Parse(line);
        JsonElement root = letter.RootElement;
        Assert.StartsWith("{\"letterId\":\"", line, StringComparison.Ordinal);
        Assert.Equal(run, root.GetProperty("runId").GetGuid());
        Assert.Equal(_time.GetUtcNow(), root.GetProperty("time").GetDateTimeOffset());
        Assert.Equal(
            "Invoke-EtlTransform|/data/orders.csv|3|2|200|c3|ScriptFailed|m|d|2",
            string.Join('|', new[] { "stage", "source", "line", "row", "byteOffset", "column", "code", "message", "detail", "attempts" }.Select(n => root.GetProperty(n))));
        Assert.Equal(
            """{"c0":"text","c1":null,"c2":true,"c3":5,"c4":5,"c5":0.5,"c6":1.50,"c7":"2024-01-02T03:04:05.0000000Z","c8":"AQI=","c9":"NaN","c10":"ü\u2028\""}""",
            root.GetProperty("data").GetRawText());
        Assert.Equal(
            """{"c3":"int","c5":"double","c6":"decimal","c7":"datetime","c8":"bytes","c9":"double"}""", root.GetProperty("types").GetRawText());
    }

    [Fact]
    public void Write_SameRecordInAnotherRun_HasTheSameId()
    {
        string[] Ids(Guid run)
        {
            using (var writer = new DeadLetterWriter(Path, run, _time))
            {
                for (int row = 0; row < 3; row++)
                    writer.Write(new PositionBlock(3).Record(row, [row]).Fail(new RecordError { Code = "C", Message = "m", Stage = "s" }));
                // Two records of the same row, then one without a position.
                writer.Write(new PositionBlock(3).Record(2, ["other"]).Fail(new RecordError { Code = "C", Message = "m", Stage = "s" }));
                writer.Write(Rec.Failed("a", 1));
            }
            string[] ids = [.. File.ReadAllLines(Path).Select(line => JsonDocument.Parse(line).RootElement.GetProperty("letterId").GetString()!)];
            File.Delete(Path);
            return ids;
        }

        string[] first = Ids(Guid.NewGuid());
        string[] second = Ids(Guid.NewGuid());
        Assert.Equal(5, first.Distinct().Count());
        Assert.Equal(first[..4], second[..4]);
        Assert.NotEqual(first[4], second[4]);
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("{\"letterId\":\"1\"}\n", "{\"letterId\":\"1\"}\n")]
    [InlineData("{\"letterId\":\"1\"}", "{\"letterId\":\"1\"}\n")]
    [InlineData("{\"letterId\":\"1\"}\n{\"letterId\":\"2\",\"da", "{\"letterId\":\"1\"}\n")]
    [InlineData("{\"let", "")]
    [InlineData("id,name\n1,x", "id,name\n1,x\n")]
    public void Write_ExistingFile_MendsItsLastLineAndAppends(string before, string kept)
    {
        File.WriteAllText(Path, before);
        using (var writer = new DeadLetterWriter(Path, Guid.NewGuid(), _time))
            writer.Write(Rec.Failed("a", 1));
        string after = File.ReadAllText(Path);
        Assert.StartsWith(kept + "{\"letterId\":", after, StringComparison.Ordinal);
        Assert.EndsWith("}\n", after, StringComparison.Ordinal);
        Assert.Equal(kept.Count(c => c == '\n') + 1, after.Count(c => c == '\n'));
    }

    [Fact]
    public void Write_TornLineLongerThanABlock_IsCut()
    {
        File.WriteAllText(Path, "{\"letterId\":\"1\"}\n{\"letterId\":\"" + new string('x', 10_000));
        using (var writer = new DeadLetterWriter(Path, Guid.NewGuid(), _time))
            writer.Write(Rec.Failed("a", 1));
        Assert.Equal(2, File.ReadAllLines(Path).Length);
    }

    [Fact]
    public void Write_NewFile_IsForItsOwnerOnly()
    {
        using (var writer = new DeadLetterWriter(Path, Guid.NewGuid(), _time))
        {
            Assert.False(File.Exists(Path));
            writer.Write(Rec.Failed("a", 1));
            writer.Flush();
        }
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path));
    }

    [Fact]
    public void Write_FromManyThreads_KeepsLinesWhole()
    {
        using (var writer = new DeadLetterWriter(Path, Guid.NewGuid(), _time))
            Parallel.For(0, 500, i => writer.Write(Rec.Failed("a", new string('x', i))));
        Assert.Equal(500, File.ReadAllLines(Path).Select(line => JsonDocument.Parse(line).RootElement.GetProperty("letterId").GetString()).Distinct().Count());
    }

    [Fact]
    public void Open_FolderMissing_SaysWhatToDo()
    {
        EtlException e = Assert.Throws<EtlException>(() => new DeadLetterWriter(_folder.File("no/dead.jsonl"), Guid.NewGuid(), _time));
        Assert.Equal(FailureCodes.DeadLetterFailed, e.Code);
        Assert.Contains("Create it first", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Load_LettersCannotBeWritten_DoesNotCommit()
    {
        using var db = new TestDatabase("CREATE TABLE t (id INTEGER PRIMARY KEY)");
        var run = new EtlRun(TimeProvider.System);
        using var letters = new DeadLetterWriter(Path, run.Id, _time, new BrokenFile(new IOException("No space left on device.", 28)));
        await using LoadStage stage = await LoadStage.OpenAsync("load", db.Options, run, letters, cancellationToken: TestContext.Current.CancellationToken);
        Assert.True(stage.TryPost(Rec.Of("id", 1)));
        Assert.True(stage.TryPost(Rec.Of("id", "x")));
        stage.CompleteInput();
        EtlException e = Assert.Throws<EtlException>(() => TestDatabase.Drain(stage, []));
        Assert.Equal(FailureCodes.DeadLetterFailed, e.Code);
        Assert.Equal((0L, 0L), (stage.Summarize().Loaded, stage.Summarize().DeadLettered));
        Assert.Empty(db.Rows("SELECT id FROM t"));
    }

    public static TheoryData<Exception, string> Failures => new()
    {
        { new IOException("No space left on device", unchecked((int)0x80070070)), ". Free disk space, or choose another" },
        { new IOException("Read-only file system", 30), ". Choose another" },
        { new UnauthorizedAccessException("Permission denied"), ". Grant this user the right to write there, or choose another" },
    };

    [Theory]
    [MemberData(nameof(Failures))]
    public void Write_FileIsBroken_SaysWhatToDo(Exception failure, string says)
    {
        using var letters = new DeadLetterWriter(Path, Guid.NewGuid(), _time, new BrokenFile(failure));
        letters.Write(Rec.Failed("id", 0));
        Assert.Contains(failure.Message + says, Assert.Throws<EtlException>(letters.Flush).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Load_SharedByTwoStages_TakesAllLetters()
    {
        using var db = new TestDatabase("CREATE TABLE t (id INTEGER PRIMARY KEY)");
        var run = new EtlRun(TimeProvider.System);
        using (var letters = new DeadLetterWriter(Path, run.Id, _time))
        {
            letters.Write(Rec.Failed("id", 0));
            await using LoadStage stage = await LoadStage.OpenAsync("load", db.Options, run, letters, cancellationToken: TestContext.Current.CancellationToken);
            Assert.True(stage.TryPost(Rec.Of("id", "x")));
            Assert.True(stage.TryPost(Rec.Failed("id", 1)));
            stage.CompleteInput();
            TestDatabase.Drain(stage, []);
            Assert.Equal(2, stage.Summarize().DeadLettered);
            letters.Write(Rec.Failed("id", 2));
        }
        Assert.Equal(4, File.ReadAllLines(Path).Length);
    }

    [Fact]
    public void Ids_OfMoreUnorderedRecordsThanAreRemembered_AreOfTheirRun()
    {
        RecordError error = new() { Code = ErrorCodes.ScriptFailed, Message = "m", Stage = "s" };
        string[] Ids(Guid run, int most)
        {
            var ids = new DeadLetterIds(run, most);
            return [.. new[] { 1, 1, 2, 2, 1 }.Select(line => ids.Next(new PositionBlock(line, isUnordered: true).Record(0, []).Fail(error), null))];
        }
        string[] all = Ids(Guid.NewGuid(), 2);
        string[] bounded = Ids(Guid.NewGuid(), 1);
        Assert.Equal(all, Ids(Guid.NewGuid(), 2));
        Assert.Equal([all[0], all[1], all[4]], [bounded[0], bounded[1], bounded[4]]);
        Assert.Equal(5, bounded.Distinct().Count());
        Assert.Empty(bounded[2..4].Intersect(Ids(Guid.NewGuid(), 1)));
    }

    private sealed class PositionBlock(int line, bool isUnordered = false) : RecordBlock
    {
        private static readonly SourceInfo Source = new("orders.csv", "/data/orders.csv", "f");

        public Record Record(int row, object?[] values) =>
            new Record(Schema.Empty, this, row).Derive(new Record(new Schema(values.Select((_, i) => $"c{i}")), values));

        public override object? GetValue(int row, int column) => null;

        public override SourcePosition GetPosition(int row) => new(Source with { IsUnordered = isUnordered }, line, 100 + (row * 100), row + 1);
    }

    private sealed class BrokenFile(Exception failure) : IAppendFile
    {
        public void Append(ReadOnlySpan<byte> lines, bool toDisk) => throw failure;
    }
}
