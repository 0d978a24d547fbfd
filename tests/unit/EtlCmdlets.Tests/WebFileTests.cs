using System.Globalization;
using System.IO.Compression;
using System.Management.Automation;
using System.Text;
using EtlTools.Engine.Tests.Extract.Api;
using Xunit;

namespace EtlTools.Cmdlets.Tests;

/// <summary>-Uri of Import-EtlCsv and Import-EtlJson, as users bind it.</summary>
public sealed class WebFileTests : IDisposable
{
    private const int Rows = 3000;

    private readonly ModuleSession _session = new();

    public void Dispose() => _session.Dispose();

    [Theory]
    [InlineData("Csv", "orders.csv", "plain")]
    [InlineData("Csv", "orders.csv.gz", "gzip")]
    [InlineData("Csv", "orders.zip", "zip")]
    [InlineData("Json", "orders.jsonl", "plain")]
    [InlineData("Json", "orders.jsonl.gz", "gzip")]
    [InlineData("Json", "orders.json", "plain")]
    [InlineData("Json", "orders.zip", "zip")]
    public void Import_Uri_GivesTheFilesRecordsAndResumesBehindAWatermark(string kind, string name, string form)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(Text(kind, name, Rows));
        using var service = new FileService(Pack(bytes, form, kind), name);
        string import = $"Import-Etl{kind} -Uri '{service.Uri}'";
        const string load = "Export-EtlSqlUpsert -SqlitePath t.db -Table t -Key id -CreateTable -WatermarkName w -DeadLetterPath dead.jsonl";
        _session.Run($"{import} | Select-Object -First 1000 | {load}");
        PSObject mark = Assert.Single(_session.Run("Get-EtlWatermark w -SqlitePath t.db"));
        Assert.Equal(1000L, mark.Properties["Row"].Value);
        Assert.DoesNotContain("topsecret", $"{mark} {mark.Properties["Source"].Value}", StringComparison.Ordinal);
        PSObject result = Assert.Single(_session.Run($"{import} -ResumeFrom (Get-EtlWatermark w -SqlitePath t.db) | {load}"));
        Assert.Equal(Rows - 1000L, result.Properties["Inserted"].Value);
        Assert.Equal(
            Enumerable.Range(1, Rows).Select(i => string.Create(CultureInfo.InvariantCulture, $"{i}|name {i}")),
            Table.Rows(_session.PathOf("t.db"), "SELECT id, name FROM t ORDER BY CAST(id AS INTEGER)"));
    }

    [Fact]
    public void Import_ObjectsWithAddresses_ReadsTheirFilesInOrder()
    {
        using var first = new FileService("id\n1\n"u8.ToArray());
        using var second = new FileService("id\n2\n"u8.ToArray(), "more.csv");
        string list = $"[pscustomobject]@{{ Uri = '{first.Uri}' }}, [pscustomobject]@{{ Uri = '{second.Uri}' }}";
        Assert.Equal(["1", "2"], _session.Run($"{list} | Import-EtlCsv | ForEach-Object {{ $_.id }}").Select(id => id.ToString()));
        Assert.Equal(["orders.csv", "more.csv"], _session.Run($"{list} | Import-EtlCsv | ForEach-Object {{ $_.EtlPosition.Source }}").Select(name => name.ToString().Split('/')[^1]));
    }

    [Fact]
    public void Import_OneOfSeveralAddressesFails_ReadsTheOthers()
    {
        using var first = new FileService([]) { Status = System.Net.HttpStatusCode.NotFound };
        using var second = new FileService("id\n2\n"u8.ToArray());
        Outcome outcome = _session.Try($"'{first.Uri}', '{second.Uri}' | ForEach-Object {{ [pscustomobject]@{{ Uri = $_ }} }} | Import-EtlCsv");
        Assert.Single(outcome.Output);
        Assert.Contains("404 (Not Found)", Assert.Single(outcome.Errors).Exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Import_AddressesAndOthersPipedIn_TellsOfTheOthers()
    {
        using var service = new FileService("id\n1\n"u8.ToArray());
        Outcome outcome = _session.Try($"[pscustomobject]@{{ Uri = '{service.Uri}' }}, [pscustomobject]@{{ Address = 'x' }} | Import-EtlCsv");
        Assert.Single(outcome.Output);
        Assert.StartsWith("FileNotFound,", Assert.Single(outcome.Errors).FullyQualifiedErrorId, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Import-EtlCsv 'https://files.example/a.csv?sig=abcdef'")]
    [InlineData("Import-EtlJson 'HTTP://files.example/a.csv?sig=abcdef'")]
    [InlineData("'https://files.example/a.csv?sig=abcdef' | Import-EtlCsv")]
    public void Import_AddressForAPath_NamesUri(string script)
    {
        string message = _session.Try(script).EndingError.Exception.Message;
        Assert.Contains("-Uri", message, StringComparison.Ordinal);
        Assert.DoesNotContain("abcdef", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("plain")]
    [InlineData("gzip")]
    [InlineData("uri")]
    [InlineData("folder")]
    [InlineData("zip")]
    [InlineData("jsonl")]
    public void Progress_OfAKnownSize_ShowsPercentAndTimeLeft(string form)
    {
        string kind = form == "jsonl" ? "Json" : "Csv";
        var random = new Random(1);
        byte[] noise = new byte[4000];
        byte[] text = Encoding.UTF8.GetBytes((kind == "Csv" ? "id,noise\n" : "") + string.Concat(Enumerable.Range(1, 1000).Select(i =>
        {
            random.NextBytes(noise);
            string hex = Convert.ToHexString(noise);
            return kind == "Csv" ? FormattableString.Invariant($"{i},{hex}\n") : FormattableString.Invariant($"{{\"id\":{i},\"noise\":\"{hex}\"}}\n");
        })));
        string extension = form switch { "jsonl" => "jsonl", "gzip" => "csv.gz", "zip" => "zip", _ => "csv" };
        foreach (string name in form == "folder" ? new[] { "a", "b" } : ["a"])
            File.WriteAllBytes(_session.PathOf($"{name}.{extension}"), Pack(text, form, kind));
        using FileService? service = form == "uri" ? new FileService(text) : null;
        string source = service is null ? $"*.{extension}" : $"-Uri '{service.Uri}'";
        Outcome outcome = _session.Try($"Import-Etl{kind} {source} -BufferSize 20 -ThrottleLimit 1 | ForEach-Object {{ [Threading.Thread]::Sleep(1) }}");
        Assert.Null(outcome.Terminating);
        ProgressRecord[] shown = [.. outcome.Progress.Where(progress => progress.RecordType == ProgressRecordType.Processing)];
        int[] percent = [.. shown.Select(progress => progress.PercentComplete)];
        Assert.Equal(percent.Order(), percent);
        Assert.Contains(percent, value => value is > 0 and < 100);
        Assert.Contains(shown, progress => progress.SecondsRemaining >= 0);
        Assert.All(shown, progress => Assert.DoesNotContain("topsecret", $"{progress.Activity} {progress.StatusDescription}", StringComparison.Ordinal));
    }

    private static string Text(string kind, string name, int rows)
    {
        IEnumerable<int> ids = Enumerable.Range(1, rows);
        return kind == "Csv" ? "id,name\n" + string.Concat(ids.Select(i => string.Create(CultureInfo.InvariantCulture, $"{i},name {i}\n")))
            : name.EndsWith(".json", StringComparison.Ordinal) ? $"[{string.Join(',', ids.Select(Item))}]"
            : string.Concat(ids.Select(i => Item(i) + "\n"));
    }

    private static string Item(int id) => string.Create(CultureInfo.InvariantCulture, $"{{\"id\":\"{id}\",\"name\":\"name {id}\"}}");

    private static byte[] Pack(byte[] bytes, string form, string kind)
    {
        using var packed = new MemoryStream();
        if (form == "gzip")
        {
            using var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true);
            gzip.Write(bytes);
        }
        else if (form == "zip")
        {
            using var zip = new ZipArchive(packed, ZipArchiveMode.Create, leaveOpen: true);
            using Stream entry = zip.CreateEntry(kind == "Csv" ? "orders.csv" : "orders.jsonl").Open();
            entry.Write(bytes);
        }
        else
        {
            return bytes;
        }
        return packed.ToArray();
    }
}
