using System.Formats.Tar;
using System.IO.Compression;
using System.Management.Automation;
using System.Text;
using Xunit;

namespace EtlTools.Cmdlets.Tests;

/// <summary>Import-EtlJson's parameters, and what files of the world hold.</summary>
public sealed class ImportJsonTests : IDisposable
{
    private readonly ModuleSession _session = new();

    public void Dispose() => _session.Dispose();

    [Theory]
    [InlineData("""[{"a":1,"A":2,"a":3}]""", "-DuplicateName Rename", "a=1 A_2=2 a_3=3")]
    [InlineData("""[{"a":1,"b":0,"A":2,"a":3}]""", "-DuplicateName UseLast", "b=0 a=3")]
    [InlineData("""[{"a":{"x":1},"a.x":2}]""", "-DuplicateName UseLast -Flatten", "a.x=2")]
    [InlineData("""[{"a":1,"a_2":5,"A":2},{"a":1,"a_2":5,"A":2}]""", "-DuplicateName Rename", "a=1 a_2=5 A_3=2", "a=1 a_2=5 A_3=2")]
    [InlineData("""[{"a":1,"a":2},{"a":3},{"a":4,"a":5}]""", "-DuplicateName UseLast", "a=2", "a=3", "a=5")]
    [InlineData("{\"a\":1,\"a\":2}\n{\"a\":3,\"b\":4}\n", "-DuplicateName UseLast", "a=2", "a=3 b=4")]
    [InlineData("{\n \"a\": 1\n}\n{\n \"a\": 2\n}\n", "", "a=1", "a=2")]
    [InlineData("{\"a\":1}{\"a\":2} {\"a\":3}", "", "a=1", "a=2", "a=3")]
    [InlineData("", "-AllowEmptyFile")]
    [InlineData(" \n", "-AllowEmptyFile")]
    [InlineData("null", "-AllowEmptyFile")]
    public void Import_Text_GivesTheRecords(string text, string arguments, params string[] expected)
    {
        _session.Write("f.json", text);
        Outcome outcome = _session.Try($"Import-EtlJson f.json {arguments}");
        Assert.Null(outcome.Terminating);
        Assert.Empty(outcome.Errors);
        Assert.Equal(expected, outcome.Output.Select(Render));
        Outcome piped = _session.Try($"[IO.File]::ReadAllText('{_session.PathOf("f.json")}') | ConvertFrom-EtlJson {arguments}");
        Assert.Equal(expected, piped.Output.Select(Render));
    }

    [Theory]
    [InlineData("{\"a\":1}\n{\"a\":23}\n{\"a\":4}\n", 7)]
    [InlineData("{\"a\":1}\n{\"a\":23}", 7)]
    [InlineData("{\"a\":\"bbbbbbbbbbbbbbbbbbbb\"}", 9)]
    public void Import_SmallMaxItemBytes_FailsTheItemsThatAreLonger(string text, int limit)
    {
        _session.Write("small.jsonl", text);
        Outcome file = _session.Try($"Import-EtlJson small.jsonl -Format JsonLines -MaxItemBytes {limit}");
        Outcome piped = _session.Try($"Get-Content small.jsonl | ConvertFrom-EtlJson -Format JsonLines -MaxItemBytes {limit}");
        foreach (Outcome outcome in (Outcome[])[file, piped])
        {
            Assert.Null(outcome.Terminating);
            Assert.StartsWith("RecordTooLarge,", Assert.Single(outcome.Errors).FullyQualifiedErrorId, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("utf-16", "")]
    [InlineData("utf-16BE", "")]
    [InlineData("utf-32", "")]
    [InlineData("latin1", "-Encoding latin1")]
    [InlineData("utf-16", "-Encoding latin1")]
    [InlineData("utf-8", "-Encoding latin1")]
    public void Import_Encoding_IsRead(string name, string arguments)
    {
        Encoding encoding = Encoding.GetEncoding(name);
        foreach (string text in new[] { "[{\"a\":\"Zoë\"},{\"a\":\"é\"}]", "{\"a\":\"Zoë\"}\n{\"a\":\"é\"}\n" })
        {
            File.WriteAllText(_session.PathOf("f.json"), text, encoding);
            Assert.Equal(["a=Zoë", "a=é"], _session.Run($"Import-EtlJson f.json {arguments}").Select(Render));
        }
        File.WriteAllBytes(_session.PathOf("f.json"), encoding.GetBytes("[{\"a\":\"Zo\"}]"));
        Assert.Equal(["a=Zo"], _session.Run($"Import-EtlJson f.json {(arguments.Length > 0 ? $"-Encoding {name}" : name == "utf-32" ? "-Encoding utf-32" : "")}").Select(Render));
    }

    [Fact]
    public void Import_HalfASurrogatePairInUtf16_FailsItsRecord()
    {
        byte[] text = Encoding.Unicode.GetBytes("{\"a\":\"x\"}\n{\"a\":\"?\"}\n{\"a\":\"z\"}\n");
        int at = text.AsSpan().IndexOf((byte)'?');
        (text[at], text[at + 1]) = (0x00, 0xD8);
        File.WriteAllBytes(_session.PathOf("f.jsonl"), [0xFF, 0xFE, .. text]);
        Outcome outcome = _session.Try("Import-EtlJson f.jsonl");
        Assert.Equal(["a=x", "a=z"], outcome.Output.Select(Render));
        Assert.StartsWith("InvalidBytes", Assert.Single(outcome.Errors).FullyQualifiedErrorId, StringComparison.Ordinal);
    }

    [Fact]
    public void Import_BrokenItemOfADocument_TellsItsNumber()
    {
        _session.Write("f.json", "{\n\"items\":[\n{\"q\":5},\n{\"q\":none}\n]}");
        Outcome outcome = _session.Try("Import-EtlJson f.json -ItemPath items");
        Assert.StartsWith("f.json#2: ", Assert.Single(outcome.Errors).ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"a\":1}\n{\"a\":2,\"A\":3}\n", "DuplicateName", "-DuplicateName")]
    [InlineData("", "EmptyFile", "-AllowEmptyFile")]
    [InlineData("null", "ItemsNotFound", "-AllowEmptyFile")]
    [InlineData("5", "ItemsNotFound", "'$' is a number")]
    public void Import_Refused_NamesWhatHelps(string text, string id, string helps)
    {
        _session.Write("f.json", text);
        ErrorRecord error = _session.Try("Import-EtlJson f.json").EndingError;
        Assert.StartsWith(id, error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains(helps, error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("04224D186440", "LZ4")]
    [InlineData("FD377A585A0000", "xz")]
    [InlineData("377ABCAF271C", "7z")]
    [InlineData("526172211A07", "rar")]
    [InlineData("504152311504", "Parquet")]
    public void Import_AnArchive_IsNamed(string head, string name)
    {
        File.WriteAllBytes(_session.PathOf("f.x"), [.. Convert.FromHexString(head), 1, 2, 3]);
        foreach (string call in new[] { "Import-EtlJson f.x", "Import-EtlCsv f.x", "Import-EtlCsv f.x -Encoding latin1" })
        {
            ErrorRecord error = _session.Try(call).EndingError;
            Assert.StartsWith("UnsupportedFormat", error.FullyQualifiedErrorId, StringComparison.Ordinal);
            Assert.Contains(name, error.ToString(), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("f.tar")]
    [InlineData("f.tar.gz")]
    public void Import_ATarArchive_IsNamed(string file)
    {
        _session.Write("a.csv", "id\n1\n");
        using (Stream target = File.Create(_session.PathOf(file)))
        using (Stream packed = file.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(target, CompressionLevel.Fastest) : target)
        using (var archive = new TarWriter(packed))
            archive.WriteEntry(_session.PathOf("a.csv"), "a.csv");
        foreach (string call in new[] { $"Import-EtlJson {file}", $"Import-EtlCsv {file}" })
        {
            ErrorRecord error = _session.Try(call).EndingError;
            Assert.StartsWith("UnsupportedFormat", error.FullyQualifiedErrorId, StringComparison.Ordinal);
            Assert.Contains("a tar archive", error.ToString(), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("BZhang,b\n1,2\n", "BZhang=1 b=2")]
    [InlineData("PAR1,b\n1,2\n", "PAR1=1 b=2")]
    public void Import_TextThatBeginsLikeAnArchive_IsRead(string text, string expected)
    {
        _session.Write("f.csv", text);
        Assert.Equal(expected, Render(Assert.Single(_session.Run("Import-EtlCsv f.csv"))));
    }

    private static string Render(PSObject record) => string.Join(' ', record.Properties.Select(property => $"{property.Name}={property.Value}"));

    [Theory]
    [InlineData("f.json", """{"d":[{"a":[{"x":1}]}]}""", "d[0].a", "InvalidParameter", "write [*]")]
    [InlineData("f.json", """{"d":[{"a":[{"x":1}]}]}""", "d[x=1]", "InvalidParameter", "write [*]")]
    [InlineData("f.jsonl", "{\"rows\":[{\"a\":1}]}\n", "rows", "InvalidParameter", "-Expand")]
    [InlineData("f.json", """{"d":{"r":[{"a":1}]},"d":{"r":[{"a":2}]}}""", "d.r", "ItemsNotFound", "more than once")]
    public void Import_PathThatWouldBeReadInPart_IsRefused(string file, string text, string path, string code, string told)
    {
        _session.Write(file, text);
        Outcome outcome = _session.Try($"Import-EtlJson {file} -ItemPath '{path}'");
        ErrorRecord error = outcome.EndingError;
        Assert.StartsWith($"{code},", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains(told, error.ToString(), StringComparison.Ordinal);
    }
}
