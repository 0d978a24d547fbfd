using System.Text;
using EtlTools.Engine.Extract.Csv;

namespace EtlTools.Engine.Tests.Extract.Csv;

public sealed class CsvCompressionTests : IDisposable
{
    private static readonly string Text = "id,name\n" + string.Concat(Enumerable.Range(0, 20_000).Select(i => $"{i},{(i * 7919) % 100_003:x}\n"));
    private readonly string _folder = Directory.CreateTempSubdirectory("csv").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("gz", "a.csv")]
    [InlineData("gz", "a.csv.gz")]
    [InlineData("br", "a.csv.br")]
    [InlineData("plain", "a.csv.gz")]
    [InlineData("plain", "a.csv.br")]
    public void Read_Compressed_IsKnownByItsContent(string kind, string name)
    {
        CsvOutcome outcome = Read(name, CsvFiles.Encode(Text, kind));
        Assert.Null(outcome.Fault);
        Assert.Equal(20_000, outcome.Good.Count());
    }

    [Fact]
    public void Read_SeveralMembersAndPadding_AreOneFile()
    {
        byte[] gz = [.. CsvFiles.Encode("id,name\n1,a\n", "gz"), .. CsvFiles.Encode("2,b\n", "gz"), .. new byte[100]];
        Assert.Equal(["1|a", "2|b"], Read("a.gz", gz).Lines);
    }

    [Theory]
    [InlineData("gz", "a.gz")]
    [InlineData("br", "a.br")]
    public void Read_SomethingBehindTheCompressedPart_IsAnError(string kind, string name)
    {
        byte[][] rests = [[.. "2,b\n"u8], [0x1F], [.. new byte[20_000], .. CsvFiles.Encode("2,b\n", kind)], [.. "x"u8, .. new byte[50_000]]];
        foreach (byte[] rest in rests)
        {
            CsvOutcome outcome = Read(name, [.. CsvFiles.Encode("id,name\n1,a\n", kind), .. rest]);
            Assert.Equal(FailureCodes.ReadFailed, outcome.Fault!.Code);
        }
    }

    [Theory]
    [InlineData("gz", "a.gz", 1)]
    [InlineData("gz", "a.gz", 9)]
    [InlineData("gz", "a.gz", 500)]
    [InlineData("br", "a.br", 1)]
    [InlineData("br", "a.br", 500)]
    public void Read_CutOff_IsAnErrorAfterTheRecordsBefore(string kind, string name, int missing)
    {
        CsvOutcome outcome = Read(name, CsvFiles.Encode(Text, kind)[..^missing]);
        Assert.Equal(FailureCodes.ReadFailed, outcome.Fault!.Code);
        Assert.Contains("cut off", outcome.Fault.Message, StringComparison.Ordinal);
        string[] expected = [.. Text.Split('\n').Skip(1).Select(line => line.Replace(',', '|'))];
        Assert.Equal(expected.Take(outcome.Records.Count), outcome.Lines);
    }

    [Fact]
    public void Read_Damaged_IsAnError()
    {
        byte[] gz = CsvFiles.Encode(Text, "gz");
        gz[gz.Length / 2] ^= 0x55;
        Assert.Equal(FailureCodes.ReadFailed, Read("a.gz", gz).Fault!.Code);
    }

    [Theory]
    [InlineData("gz", "a.gz")]
    [InlineData("br", "a.br")]
    public void Read_Bomb_StopsAtTheLimit(string kind, string name)
    {
        byte[] bomb = CsvFiles.Encode("a\n" + string.Concat(Enumerable.Repeat("x\n", 5_000_000)), kind);
        CsvOutcome outcome = Read(name, bomb, new CsvOptions { MaxDecompressedBytes = 1_000_000 });
        Assert.Equal(FailureCodes.DecompressedTooLarge, outcome.Fault!.Code);
        Assert.Contains("-MaxDecompressedBytes", outcome.Fault.Message, StringComparison.Ordinal);
        Assert.StartsWith(name, outcome.Fault.Message, StringComparison.Ordinal);
        Assert.InRange(outcome.Records.Count, 0, 500_000);
    }

    [Fact]
    public void Read_CompressedUtf16_IsBoth()
    {
        byte[] utf16 = CsvFiles.Encode("id\nKöln\n", "utf16");
        using var target = new MemoryStream();
        using (var gzip = new System.IO.Compression.GZipStream(target, System.IO.Compression.CompressionMode.Compress, leaveOpen: true))
            gzip.Write(utf16);
        Assert.Equal(["Köln"], Read("a.csv", target.ToArray()).Lines);
        Assert.Equal(["Köln"], CsvReading.Read(target.ToArray(), null, () => 1).Lines);
    }

    private CsvOutcome Read(string name, byte[] bytes, CsvOptions? options = null)
    {
        string path = Path.Combine(_folder, name);
        File.WriteAllBytes(path, bytes);
        return CsvReading.Drain(CsvReading.OpenFiles([path], options));
    }
}
