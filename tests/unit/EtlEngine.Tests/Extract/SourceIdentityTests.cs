using System.Globalization;
using System.Text;
using CsCheck;
using EtlTools.Engine.DeadLetters;
using EtlTools.Engine.Extract;
using EtlTools.Engine.Extract.Csv;
using EtlTools.Engine.Extract.Json;
using EtlTools.Engine.Records;
using EtlTools.Engine.Stages;
using EtlTools.Engine.Tests.Extract.Api;
using EtlTools.Engine.Tests.Extract.Csv;
using EtlTools.Engine.Tests.Extract.Json;
using EtlTools.Engine.Tests.Load;

namespace EtlTools.Engine.Tests.Extract;

/// <summary>
/// Whatever becomes of a file behind its watermark's back is noticed, or harmless: then the records behind the watermark come as a
/// whole reading of the file gives them, and what the watermark covered last is what it was.
/// </summary>
public sealed class SourceIdentityTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public enum Change
    {
        Replaced,
        Truncated,
        Grown,
        Edited,
        Inserted,
        Removed,
        Moved,
    }

    private static readonly Gen<Sample> GenSample =
        from seed in Gen.Int
        from rows in Gen.Int[1, 400]
        from wide in Gen.Bool
        from regular in Gen.Bool
        from crLf in Gen.Bool
        from mark in Gen.Double[0, 1]
        from change in Gen.Int[0, 6]
        from place in Gen.Double[0, 1]
        select new Sample(seed, rows, wide, regular, crLf ? "\r\n" : "\n", mark, (Change)change, place);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Resume_CsvThatChanged_IsNoticedOrHarmless() => GenSample.Sample(given => Check(given, Csv(given, given.Seed), Csv(given, given.Seed + 1), "csv", ReadCsv), iter: 400);

    [Fact]
    public void Resume_JsonLinesThatChanged_IsNoticedOrHarmless() => GenSample.Sample(given => Check(given, JsonLines(given, given.Seed), JsonLines(given, given.Seed + 1), "jsonl", ReadJson), iter: 400);

    /// <summary>A letter that the dead letter has already is that of the same record; each other one is written.</summary>
    [Fact]
    public void DeadLetter_OfAFileThatChanged_HasEachRecordThatFailedNow() => GenSample.Sample(
        given =>
        {
            string path = Write($"{Guid.NewGuid():N}.csv", Csv(given, given.Seed));
            string letters = _folder.File($"{Guid.NewGuid():N}.dead.jsonl");
            WriteLetters(letters, ReadCsv(path, null).Records);
            (string now, _) = Apply(given, path, File.ReadAllBytes(path), Csv(given, given.Seed + 1));
            List<Record> records = ReadCsv(now, null).Records;
            WriteLetters(letters, records);
            HashSet<string> kept = File.Exists(letters) ? [.. ReadLetters(letters).Select(Render)] : [];
            Assert.All(records.Where(record => record.Error is not null), record => Assert.Contains(Render(record), kept));
        },
        iter: 200);

    private void Check(Sample given, byte[] before, byte[] other, string extension, Func<string, Watermark?, Outcome> read)
    {
        string path = Write($"{Guid.NewGuid():N}.{extension}", before);
        List<Record> old = read(path, null).Records;
        Record at = old[(int)(given.Mark * (old.Count - 1))];
        var mark = new Watermark
        {
            Name = "w",
            Source = path,
            FullFingerprint = $"{at.Position.Source.Fingerprint} {at.Check}",
            Line = at.Position.Line,
            ByteOffset = at.Position.ByteOffset,
            Row = at.Position.Row,
        };
        (string now, byte[] after) = Apply(given, path, before, other);
        Outcome whole = read(now, null);
        Outcome rest = read(now, mark);

        int covered = (int)mark.ByteOffset + 1;
        int known = (int)at.Check!.Value.Start;
        bool isChangedWhereKnown = after.Length < covered || !after.AsSpan(known, covered - known).SequenceEqual(before.AsSpan(known, covered - known))
            || !after.AsSpan().StartsWith(before.AsSpan(0, Math.Min(FileHead.MaxBytes, before.Length)));
        if (given.Change is Change.Moved or Change.Grown)
            Assert.Null(rest.Fault);
        if (isChangedWhereKnown || whole.Fault is not null)
            Assert.NotNull(rest.Fault);
        if (rest.Fault is not null)
        {
            Assert.Equal(FailureCodes.WatermarkMismatch, rest.Fault.Code);
            Assert.Empty(rest.Records);
            return;
        }
        Assert.Equal(whole.Records.Where(record => record.Position.ByteOffset > mark.ByteOffset).Select(Render), rest.Records.Select(Render));
        Assert.Equal(Render(at), Render(whole.Records.Single(record => record.Position.ByteOffset == mark.ByteOffset)));
        Assert.Equal(Enumerable.Range(1, rest.Records.Count).Select(i => mark.Row + i), rest.Records.Select(record => record.Position.Row));
    }

    /// <summary>Changes the file, and gives its path and its bytes.</summary>
    private static (string Path, byte[] Bytes) Apply(Sample given, string path, byte[] bytes, byte[] other)
    {
        int at = (int)(given.Place * (bytes.Length - 1));
        byte[] after = given.Change switch
        {
            Change.Replaced => [.. bytes[..at], .. other[Math.Min(at, other.Length)..]],
            Change.Truncated => bytes[..at],
            Change.Grown => [.. bytes, .. Encoding.UTF8.GetBytes(given.NewLine), .. other[^Math.Min(other.Length, 1 + at)..]],
            Change.Edited => Edited(bytes, at),
            Change.Inserted => [.. bytes[..at], (byte)'7', .. bytes[at..]],
            Change.Removed => [.. bytes[..at], .. bytes[(at + 1)..]],
            _ => bytes,
        };
        if (given.Change != Change.Moved)
        {
            File.WriteAllBytes(path, after);
            return (path, after);
        }
        string moved = Path.ChangeExtension(path, null) + ".moved" + Path.GetExtension(path);
        File.Move(path, moved);
        return (moved, after);
    }

    private static byte[] Edited(byte[] bytes, int at)
    {
        byte[] after = [.. bytes];
        int letter = Array.FindIndex(after, at, b => char.IsAsciiLetterOrDigit((char)b));
        if (letter >= 0)
            after[letter] = after[letter] == '5' ? (byte)'6' : (byte)'5';
        return after;
    }

    private static byte[] Csv(Sample given, int seed) => Lines(given, seed, "id,name", (random, i, text) => random.Next(8) switch
    {
        0 => $"{i},\"{text}{given.NewLine}\"\"{i}\"",
        1 => $"{i},{text},too,many",
        2 => $"{i},\"{text}\" broken",
        3 => $"{given.NewLine}{i},{text}",
        _ => $"{i},{text}",
    });

    private static byte[] JsonLines(Sample given, int seed) => Lines(given, seed, """{"id":0,"name":"first"}""", (random, i, text) => random.Next(8) switch
    {
        0 => $"{{\"id\":{i},\"name\":{text}",
        1 => $"  {{\"id\":{i}, \"name\":null}} ",
        2 => $"{given.NewLine}{{\"id\":{i}}}",
        _ => $"{{\"id\":{i},\"name\":\"{text}\"}}",
    });

    private static byte[] Lines(Sample given, int seed, string first, Func<Random, int, string, string> line)
    {
        var random = new Random(seed);
        var text = new StringBuilder(first).Append(given.NewLine);
        for (int i = 1; i <= given.Rows; i++)
        {
            // Regular rows are of one length, so that those of another file stand at the same offsets.
            string value = given.IsRegular ? random.Next(10, 100).ToString(CultureInfo.InvariantCulture) : new string((char)('a' + random.Next(26)), random.Next(1, given.IsWide ? 200 : 20)) + "é";
            text.Append(given.IsRegular ? line(new Random(i), 10_000 + i, value) : line(random, i, value));
            if (i < given.Rows || random.Next(3) > 0)
                text.Append(given.NewLine);
        }
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static string Render(Record record) => string.Create(
        CultureInfo.InvariantCulture,
        $"{record.Position.ByteOffset} {string.Join('|', Enumerable.Range(0, record.Schema.Count).Select(i => record[i]))}");

    private static Outcome ReadCsv(string path, Watermark? mark)
    {
        CsvOutcome outcome = CsvReading.Drain(CsvReading.OpenFiles([path], new CsvOptions { ResumeFrom = BoundsOf(mark) }));
        return new Outcome(outcome.Records, outcome.Fault);
    }

    private static Outcome ReadJson(string path, Watermark? mark)
    {
        var records = new List<Record>();
        var source = new JsonSource(
            "Import-EtlJson", new JsonOptions { Format = JsonReading.Lines, ResumeFrom = BoundsOf(mark) }, [new DiskFile(path)], new StageOptions { BufferSize = 100 }, TimeProvider.System);
        try
        {
            Calls.DrainIntoAsync(source, records).GetAwaiter().GetResult();
            return new Outcome(records, null);
        }
        catch (EtlException e)
        {
            return new Outcome(records, e);
        }
        finally
        {
            source.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }

    private static SourceBounds BoundsOf(Watermark? mark) => new() { Watermarks = mark is null ? [] : [mark] };

    private static void WriteLetters(string path, List<Record> records)
    {
        using var writer = new DeadLetterWriter(path, Guid.NewGuid(), TimeProvider.System);
        if (File.Exists(path))
            writer.SkipKnown((_, _) => false);
        foreach (Record record in records.Where(record => record.Error is not null))
            writer.Write(record);
    }

    private static List<Record> ReadLetters(string path)
    {
        var source = new DeadLetterSource("Import-EtlDeadLetter", new DeadLetterOptions(), [new DiskFile(path)], new StageOptions(), TimeProvider.System);
        List<Record> records = Calls.DrainAsync(source).GetAwaiter().GetResult();
        source.DisposeAsync().AsTask().GetAwaiter().GetResult();
        return records;
    }

    private string Write(string name, byte[] bytes)
    {
        string path = _folder.File(name);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    private sealed record Sample(int Seed, int Rows, bool IsWide, bool IsRegular, string NewLine, double Mark, Change Change, double Place);

    private sealed record Outcome(List<Record> Records, EtlException? Fault);
}
