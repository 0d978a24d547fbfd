using CsCheck;
using EtlTools.Engine.Extract;
using EtlTools.Engine.Extract.Csv;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Tests.Extract.Csv;

public sealed class CsvIdentityTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("csv").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>Another file from some byte on is refused, or that byte lies behind the watermark and all rows there are read.</summary>
    [Fact]
    public void Read_FileReplacedFromAnyOffset_IsNoticedOrHarmless() =>
        (from rows in Gen.Int[1, 3000]
         from covered in Gen.Int[1, rows]
         from changed in Gen.Double[0, 1]
         from grown in Gen.Int[0, 50]
         from compressed in Gen.Bool
         select (rows, covered, changed, grown, compressed)).Sample(given =>
        {
            string head = "tick,mv\n" + string.Concat(Enumerable.Range(0, given.rows).Select(i => $"T{i:00000},{i * 7 % 1000:000}\n"));
            string path = Path.Combine(_folder, "tide.csv");
            Save(path, head, given.compressed);
            Record record = CsvReading.Drain(CsvReading.OpenFiles([path])).Records[given.covered - 1];
            var mark = new Watermark
            {
                Name = "tide",
                Source = path,
                FullFingerprint = $"{record.Position.Source.Fingerprint} {record.Check}",
                Line = record.Position.Line,
                ByteOffset = record.Position.ByteOffset,
                Row = record.Position.Row,
            };
            int at = 8 + (int)(given.changed * (head.Length - 8));
            string other = head[..at] + string.Concat(head[at..].Select(c => char.IsAsciiDigit(c) ? (char)('0' + ((c - '0' + 1) % 10)) : c));
            other += string.Concat(Enumerable.Range(0, given.grown).Select(i => $"U{i:00000},111\n"));
            Save(path, other, given.compressed);
            CsvOutcome outcome = CsvReading.Drain(CsvReading.OpenFiles([path], new CsvOptions { ResumeFrom = new SourceBounds { Watermarks = [mark] } }));
            if (outcome.Fault is not null)
            {
                Assert.Equal(FailureCodes.WatermarkMismatch, outcome.Fault.Code);
                Assert.Empty(outcome.Records);
                return;
            }
            // All that is covered is what it was, or the change is so far before the end that only the fingerprint could tell.
            Assert.Equal(given.rows - given.covered + given.grown, outcome.Records.Count);
            Assert.Equal(other[(int)mark.ByteOffset..(int)(mark.ByteOffset + 10)], head[(int)mark.ByteOffset..(int)(mark.ByteOffset + 10)]);
            Assert.Equal(given.covered + 2, outcome.Records.Count > 0 ? outcome.Records[0].Position.Line : given.covered + 2);
        }, iter: 150, threads: 1);

    private static void Save(string path, string text, bool compressed) => File.WriteAllBytes(path, CsvFiles.Encode(text, compressed ? "gz" : "plain"));
}
