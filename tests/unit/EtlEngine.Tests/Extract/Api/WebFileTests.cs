using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Text;
using EtlTools.Engine.Extract;
using EtlTools.Engine.Extract.Api;
using EtlTools.Engine.Extract.Csv;
using EtlTools.Engine.Records;
using EtlTools.Engine.Resilience;
using EtlTools.Engine.Tests.Extract.Csv;

namespace EtlTools.Engine.Tests.Extract.Api;

/// <summary>Files behind an address are read as the files are, each row once, whatever the server does.</summary>
public sealed class WebFileTests
{
    private const int Rows = 20_000;

    private static readonly string Text = "id,name\n" + string.Concat(Enumerable.Range(1, Rows).Select(i => string.Create(CultureInfo.InvariantCulture, $"{i},name {i}\n")));
    private static readonly byte[] Bytes = Encoding.UTF8.GetBytes(Text);

    public static TheoryData<string, bool, int> Servers()
    {
        var data = new TheoryData<string, bool, int>();
        foreach (string form in new[] { "plain", "gzip", "zip" })
        {
            data.Add(form, true, 0);
            data.Add(form, false, 0);
            data.Add(form, true, 30_000);
            // A server without ranges gives more each time, or nobody would ever get the file.
            data.Add(form, false, -1);
        }
        return data;
    }

    [Theory]
    [MemberData(nameof(Servers))]
    public void Read_AnyServer_GivesTheRowsOfTheFileOnce(string form, bool hasRanges, int cutAfter)
    {
        using var service = new FileService(Pack(form)) { HasRanges = hasRanges, CutAfter = Math.Max(cutAfter, 0) };
        if (cutAfter < 0)
            service.Before = number => service.CutAfter = number * service.Content.Length / 4;
        CsvOutcome outcome = Read(service);
        Assert.Null(outcome.Fault);
        Assert.Equal(Enumerable.Range(1, Rows).Select(i => string.Create(CultureInfo.InvariantCulture, $"{i}|name {i}")), outcome.Lines);
    }

    [Fact]
    public void Read_AfterAWatermark_AsksForTheRestAlone()
    {
        using var service = new FileService(Bytes);
        Record at = Read(service).Records[14_999];
        Watermark mark = MarkAt(at);
        service.Offsets.Clear();
        CsvOutcome outcome = Read(service, new CsvOptions { ResumeFrom = new SourceBounds { Watermarks = [mark] } });
        Assert.Null(outcome.Fault);
        Assert.Equal(Rows - 15_000, outcome.Records.Count);
        Assert.Equal("15001|name 15001", outcome.Lines.First());
        // With the records before it, by which the file is known again.
        Assert.InRange(service.Offsets[^1], at.Position.ByteOffset - CsvFramer.ReadSize, at.Position.ByteOffset);
    }

    /// <summary>A watermark is gone to, or read up to, whatever the form and the server; cuts on the way cost nothing.</summary>
    [Theory]
    [MemberData(nameof(Servers))]
    public void Read_AfterAWatermark_GivesTheRestOnce(string form, bool hasRanges, int cutAfter)
    {
        using var service = new FileService(Pack(form)) { HasRanges = hasRanges };
        Record at = Read(service).Records[14_999];
        service.CutAfter = Math.Max(cutAfter, 0);
        int first = service.Offsets.Count;
        if (cutAfter < 0)
            service.Before = number => service.CutAfter = (number - first) * service.Content.Length / 4;
        CsvOutcome outcome = Read(service, new CsvOptions { ResumeFrom = new SourceBounds { Watermarks = [MarkAt(at)] } });
        Assert.Null(outcome.Fault);
        Assert.Equal(Enumerable.Range(15_001, Rows - 15_000).Select(i => string.Create(CultureInfo.InvariantCulture, $"{i}|name {i}")), outcome.Lines);
    }

    [Theory]
    [InlineData("plain")]
    [InlineData("gzip")]
    [InlineData("zip")]
    public void Read_AFileThatWasReplaced_RefusesTheWatermark(string form)
    {
        using var service = new FileService(Pack(form));
        Watermark mark = MarkAt(Read(service).Records[14_999]);
        service.Content = Pack(form, Encoding.UTF8.GetBytes(Text.Replace("name 149", "name 148", StringComparison.Ordinal)));
        service.Tag = "\"v2\"";
        CsvOutcome outcome = Read(service, new CsvOptions { ResumeFrom = new SourceBounds { Watermarks = [mark] } });
        Assert.Equal(FailureCodes.WatermarkMismatch, Assert.IsType<EtlException>(outcome.Fault).Code);
        Assert.Empty(outcome.Records);
    }

    [Fact]
    public void Read_ContentThatChanges_EndsAndSaysSo()
    {
        using var service = new FileService(Bytes) { CutAfter = 100_000 };
        service.Before = number => service.Tag = number > 1 ? "\"v2\"" : "\"v1\"";
        EtlException fault = Assert.IsType<EtlException>(Read(service).Fault);
        Assert.Equal(FailureCodes.ReadFailed, fault.Code);
        Assert.Contains("the file changed while it was being read", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_ACutWithoutATag_IsNotPutTogether()
    {
        using var service = new FileService(Bytes) { CutAfter = 100_000, Tag = null };
        Assert.Contains("neither an ETag nor Last-Modified", Assert.IsType<EtlException>(Read(service).Fault).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_ALengthThatLies_EndsWithAnError()
    {
        using var service = new FileService(Bytes) { ToldLength = Bytes.Length + 100 };
        CsvOutcome outcome = Read(service);
        Assert.Contains("shorter than the service said", Assert.IsType<EtlException>(outcome.Fault).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(HttpStatusCode.Forbidden, FailureCodes.AuthenticationFailed, "A signed address may have expired.")]
    [InlineData(HttpStatusCode.NotFound, FailureCodes.RequestRefused, "404 (Not Found)")]
    public void Read_ARefusal_SaysWhatItIsWithoutTheSignature(HttpStatusCode status, string code, string said)
    {
        using var service = new FileService(Bytes) { Status = status };
        AssertFault(service, code, said);
    }

    [Fact]
    public void Read_AWebPage_IsNoFile()
    {
        using var service = new FileService("<!doctype html><html></html>"u8.ToArray()) { ContentType = "text/html" };
        AssertFault(service, FailureCodes.UnsupportedFormat, "a web page");
    }

    [Fact]
    public void Read_ARedirectToAnotherHost_IsRefused()
    {
        using var service = new FileService(Bytes) { RedirectTo = "http://files.invalid/orders.csv" };
        AssertFault(service, FailureCodes.CrossHostRefused, "-AllowCrossHost");
    }

    private static void AssertFault(FileService service, string code, string said)
    {
        CsvOutcome outcome = Read(service);
        EtlException fault = Assert.IsType<EtlException>(outcome.Fault);
        Assert.Empty(outcome.Records);
        Assert.Equal(code, fault.Code);
        Assert.Contains(said, fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("topsecret", fault.Message, StringComparison.Ordinal);
    }

    private static CsvOutcome Read(FileService service, CsvOptions? options = null)
    {
        var file = new WebFile(
            service.Uri, new ApiConnection { MaxBodyBytes = long.MaxValue }, new ApiCallOptions { BaseDelay = TimeSpan.FromMilliseconds(1), MaxDelay = TimeSpan.FromMilliseconds(5) },
            new BreakerRegistry(TimeProvider.System), TimeProvider.System, new Random(1))
        { Zip = new ZipSelection(null, 0) };
        return CsvReading.Drain(new CsvSource("Import-EtlCsv", options ?? new CsvOptions(), [file], CsvReading.TwoWorkers, TimeProvider.System));
    }

    private static Watermark MarkAt(Record at) => new()
    {
        Name = "orders",
        Source = at.Position.Source.Path,
        FullFingerprint = $"{at.Position.Source.Fingerprint} {at.Check}",
        Line = at.Position.Line,
        ByteOffset = at.Position.ByteOffset,
        Row = at.Position.Row,
    };

    private static byte[] Pack(string form) => Pack(form, Bytes);

    private static byte[] Pack(string form, byte[] bytes)
    {
        if (form == "plain")
            return bytes;
        using var packed = new MemoryStream();
        if (form == "gzip")
        {
            using var gzip = new GZipStream(packed, CompressionLevel.NoCompression, leaveOpen: true);
            gzip.Write(bytes);
        }
        else
        {
            using var zip = new ZipArchive(packed, ZipArchiveMode.Create, leaveOpen: true);
            using Stream entry = zip.CreateEntry("orders.csv").Open();
            entry.Write(bytes);
        }
        return packed.ToArray();
    }
}
