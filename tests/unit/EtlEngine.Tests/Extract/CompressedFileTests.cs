using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;
using System.Text;
using EtlTools.Engine.Extract;
using EtlTools.Engine.Extract.Csv;
using EtlTools.Engine.Records;
using EtlTools.Engine.Tests.Extract.Csv;
using ICSharpCode.SharpZipLib.BZip2;
using ZstdSharp;

namespace EtlTools.Engine.Tests.Extract;

/// <summary>Compressed files and zip archives give the rows of the text in them, or say what is wrong.</summary>
public sealed class CompressedFileTests : IDisposable
{
    private const int Rows = 30_000;

    private static readonly byte[] Text = Encoding.UTF8.GetBytes(
        "id,name\n" + string.Concat(Enumerable.Range(1, Rows).Select(i => string.Create(CultureInfo.InvariantCulture, $"{i},name {i * 7919 % 10007}\n"))));

    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("zip")]
    [InlineData("zst")]
    [InlineData("bz2")]
    [InlineData("gz")]
    public void Read_Compressed_GivesTheRowsAndGoesOnFromAWatermark(string form)
    {
        string path = Write(Pack(form, Text), form);
        CsvOutcome all = Read(path);
        Assert.Null(all.Fault);
        Assert.Equal(Rows, all.Records.Count);
        Record at = all.Records[19_999];
        CsvOutcome rest = Read(path, new CsvOptions { ResumeFrom = new SourceBounds { Watermarks = [MarkAt(at)] } });
        Assert.Null(rest.Fault);
        Assert.Equal(all.Lines.Skip(20_000), rest.Lines);
        Assert.Equal(all.Records[20_000].Position.ByteOffset, rest.Records[0].Position.ByteOffset);
    }

    [Theory]
    [InlineData("zst")]
    [InlineData("bz2")]
    public void Read_SeveralPartsInOneFile_GivesThemAll(string form)
    {
        int half = Array.IndexOf(Text, (byte)'\n', Text.Length / 2) + 1;
        CsvOutcome outcome = Read(Write([.. Pack(form, Text[..half]), .. Pack(form, Text[half..])], form));
        Assert.Null(outcome.Fault);
        Assert.Equal(Rows, outcome.Records.Count);
    }

    [Theory]
    [InlineData("zip", 0.5)]
    [InlineData("zst", 0.5)]
    [InlineData("bz2", 0.5)]
    [InlineData("zst", 0.99)]
    [InlineData("bz2", 0.99)]
    public void Read_CutOff_SaysSo(string form, double share)
    {
        byte[] packed = Pack(form, Text);
        EtlException fault = Assert.IsType<EtlException>(Read(Write(packed[..(int)(packed.Length * share)], form)).Fault);
        Assert.Equal(FailureCodes.ReadFailed, fault.Code);
        Assert.Contains("cut off", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("zst")]
    [InlineData("bz2")]
    public void Read_TextBehindTheCompressedPart_IsNotLeftOutInSilence(string form)
    {
        EtlException fault = Assert.IsType<EtlException>(Read(Write([.. Pack(form, Text), .. "99999,appended\n"u8], form)).Fault);
        Assert.Contains("not compressed follows", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("zip")]
    [InlineData("zst")]
    [InlineData("bz2")]
    public void Read_WhatBecomesTooLarge_IsRefused(string form)
    {
        EtlException fault = Assert.IsType<EtlException>(Read(Write(Pack(form, Text), form), new CsvOptions { MaxDecompressedBytes = 10_000 }).Fault);
        Assert.Equal(FailureCodes.DecompressedTooLarge, fault.Code);
    }

    [Fact]
    public void Read_AZipEntryThatIsLongerThanItSays_IsAnError()
    {
        byte[] packed = Zip(("a.csv", "id\n" + new string('1', 100_000) + "\n"));
        // The length stands in the archive's directory.
        int directory = packed.AsSpan().IndexOf("PK\u0001\u0002"u8);
        BinaryPrimitives.WriteInt32LittleEndian(packed.AsSpan(directory + 24), 10);
        Assert.Equal(FailureCodes.ReadFailed, Assert.IsType<EtlException>(Read(Write(packed, "zip")).Fault).Code);
    }

    [Fact]
    public void Read_AZipThatIsDamaged_SaysSo()
    {
        byte[] packed = Pack("zip", Text, CompressionLevel.NoCompression);
        packed[packed.Length / 2] ^= 1;
        EtlException fault = Assert.IsType<EtlException>(Read(Write(packed, "zip")).Fault);
        Assert.Contains("damaged", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_SeveralEntries_NamesThemAndReadsThoseThatAreNamed()
    {
        string path = Write(Zip(("a/x1.csv", "id\n1\n"), ("a/x2.csv", "id\n2\n"), ("readme.txt", "no")), "zip");
        EtlException fault = Assert.IsType<EtlException>(Read(path).Fault);
        Assert.Contains("'a/x1.csv', 'a/x2.csv', 'readme.txt'", fault.Message, StringComparison.Ordinal);
        Assert.Contains("-EntryName", fault.Message, StringComparison.Ordinal);
        Assert.Equal(["1", "2"], Read(path, entry: "*.csv").Lines);
        Assert.Equal(["2"], Read(path, entry: "a/x2.csv").Lines);
        Assert.Contains("no entry that matches -EntryName 'z*'", Assert.IsType<EtlException>(Read(path, entry: "z*").Fault).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_NoEntry_SaysSo() =>
        Assert.Contains("no entries", Assert.IsType<EtlException>(Read(Write(Zip(), "zip")).Fault).Message, StringComparison.Ordinal);

    [Fact]
    public void Read_AnEntryUnderAPassword_SaysSo()
    {
        using var packed = new MemoryStream();
        using (var zip = new ICSharpCode.SharpZipLib.Zip.ZipOutputStream(packed) { IsStreamOwner = false, Password = "secret" })
        {
            zip.PutNextEntry(new ICSharpCode.SharpZipLib.Zip.ZipEntry("orders.csv"));
            zip.Write(Text);
            zip.CloseEntry();
        }
        EtlException fault = Assert.IsType<EtlException>(Read(Write(packed.ToArray(), "zip")).Fault);
        Assert.Equal(FailureCodes.UnsupportedFormat, fault.Code);
        Assert.Contains("password", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_AnEntryNameWithoutAZip_IsRefused() =>
        Assert.Contains("-EntryName is for zip archives", Assert.IsType<EtlException>(Read(Write(Text, "csv"), entry: "*").Fault).Message, StringComparison.Ordinal);

    private static Watermark MarkAt(Record at) => new()
    {
        Name = "orders",
        Source = at.Position.Source.Path,
        Fingerprint = at.Position.Source.Fingerprint,
        Line = at.Position.Line,
        ByteOffset = at.Position.ByteOffset,
        Row = at.Position.Row,
    };

    private static byte[] Pack(string form, byte[] text, CompressionLevel level = CompressionLevel.Fastest)
    {
        using var packed = new MemoryStream();
        using (Stream stream = form switch
        {
            "zst" => new CompressionStream(packed, leaveOpen: true),
            "bz2" => new BZip2OutputStream(packed, 1) { IsStreamOwner = false },
            "gz" => new GZipStream(packed, level, leaveOpen: true),
            _ => Entry(packed, level),
        })
        {
            stream.Write(text);
        }
        return packed.ToArray();

        static Stream Entry(Stream packed, CompressionLevel level) => new OneEntry(new ZipArchive(packed, ZipArchiveMode.Create, leaveOpen: true), level);
    }

    private static byte[] Zip(params (string Name, string Text)[] entries)
    {
        using var packed = new MemoryStream();
        using (var zip = new ZipArchive(packed, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach ((string name, string text) in entries)
            {
                using Stream entry = zip.CreateEntry(name).Open();
                entry.Write(Encoding.UTF8.GetBytes(text));
            }
        }
        return packed.ToArray();
    }

    private static CsvOutcome Read(string path, CsvOptions? options = null, string? entry = null)
    {
        options ??= new CsvOptions();
        var file = new DiskFile(path) { Zip = new ZipSelection(entry, options.MaxDecompressedBytes) };
        return CsvReading.Drain(new CsvSource("Import-EtlCsv", options, [file], CsvReading.TwoWorkers, TimeProvider.System));
    }

    private string Write(byte[] content, string ending)
    {
        string path = Path.Combine(_folder, $"f.{ending}");
        File.WriteAllBytes(path, content);
        return path;
    }

    /// <summary>The only entry of an archive, which ends with it.</summary>
    private sealed class OneEntry : MemoryStream
    {
        private readonly ZipArchive _zip;
        private readonly CompressionLevel _level;

        public OneEntry(ZipArchive zip, CompressionLevel level) => (_zip, _level) = (zip, level);

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                using (Stream entry = _zip.CreateEntry("orders.csv", _level).Open())
                    entry.Write(ToArray());
                _zip.Dispose();
            }
            base.Dispose(disposing);
        }
    }
}
