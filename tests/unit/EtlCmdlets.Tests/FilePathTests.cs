using System.Management.Automation;
using Xunit;

namespace EtlTools.Cmdlets.Tests;

/// <summary>Where the files are that parameters name.</summary>
public sealed class FilePathTests : IDisposable
{
    private readonly ModuleSession _session = new();

    public FilePathTests()
    {
        _session.Write("a.csv", "id,name\n1,Ann\n2,\n");
        _session.Write("rules.json", """{"columns":{"name":{"required":true}}}""");
    }

    public void Dispose() => _session.Dispose();

    [Theory]
    [InlineData("Import-EtlCsv a.csv", "")]
    [InlineData("Import-EtlCsv *.csv", "")]
    [InlineData("Import-EtlCsv -LiteralPath a.csv", "")]
    [InlineData("Import-EtlCsv a.csv | Invoke-EtlTransform -RulePath rules.json -DeadLetterPath dead.jsonl", "dead.jsonl")]
    [InlineData("Set-EtlTelemetry -LogPath log.jsonl -PrometheusPath etl.prom; Import-EtlCsv a.csv; Set-EtlTelemetry -LogPath '' -PrometheusPath ''", "etl.prom log.jsonl")]
    [InlineData("Import-EtlCsv a.csv | Export-EtlSqlUpsert -SqlitePath t.db -Table t -Key id -CreateTable", "t.db")]
    [InlineData("Import-EtlCsv a.csv | Out-Null; Export-EtlReport report.html", "report.html")]
    public void RelativePath_WhileTheLocationIsNoFolder_BeginsAtTheSessionsFolder(string script, string files)
    {
        string[] before = Directory.GetFiles(_session.Folder);
        _session.Run($"Set-Location Env:\n{script}");
        Assert.Equal(files, string.Join(' ', Directory.GetFiles(_session.Folder).Except(before).Select(Path.GetFileName).Order(StringComparer.Ordinal)));
    }

    [Fact]
    public void StopFilePath_WhileTheLocationIsNoFolder_IsFound()
    {
        _session.Write("stop", "");
        Outcome outcome = _session.Try("Set-Location Env:; Import-EtlCsv a.csv -StopFilePath stop");
        Assert.Empty(outcome.Output);
        Assert.Contains("read nothing", Assert.Single(outcome.Warnings), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Import-EtlCsv a.csv | Invoke-EtlTransform -Required name -DeadLetterPath Env:dead", "-DeadLetterPath: 'Env:dead'")]
    [InlineData("Import-EtlCsv Env:HOME", "-Path: 'Env:HOME'")]
    [InlineData("Import-EtlCsv -LiteralPath Env:HOME", "-LiteralPath: 'Env:HOME'")]
    [InlineData("Set-EtlTelemetry -LogPath Env:log", "-LogPath: 'Env:log'")]
    [InlineData("Export-EtlReport Env:report", "-Path: 'Env:report'")]
    [InlineData("Get-EtlWatermark -SqlitePath Env:db", "-SqlitePath: 'Env:db'")]
    public void Path_OfAnotherKindOfDrive_IsRefused(string script, string says)
    {
        ErrorRecord error = _session.Try(script).EndingError;
        Assert.StartsWith("InvalidParameter,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal($"{says} is not a path of the file system.", error.Exception.Message);
    }

    [Fact]
    public void Files_NamedTwice_WithWarningsThatStop_AreNoDefect()
    {
        Exception? ending = _session.Try("Import-EtlCsv a.csv, *.csv -WarningAction Stop").Terminating;
        Assert.Contains("It is read once.", Assert.IsType<ActionPreferenceStopException>(ending).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Files_WithALinkAmongThem_AreTheSameFile()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links need a privilege there.");
        File.CreateSymbolicLink(_session.PathOf("b.csv"), _session.PathOf("a.csv"));
        Outcome outcome = _session.Try("Import-EtlCsv *.csv");
        Assert.Equal(2, outcome.Output.Count);
        Assert.Contains("It is read once.", Assert.Single(outcome.Warnings), StringComparison.Ordinal);
        _session.Write("log.jsonl", "");
        File.CreateSymbolicLink(_session.PathOf("link"), _session.PathOf("log.jsonl"));
        Assert.Contains("are the same file", _session.Try("Set-EtlTelemetry -LogPath log.jsonl -PrometheusPath link").EndingError.ToString(), StringComparison.Ordinal);
        Assert.Contains("is a log or a dead letter", _session.Try("Export-EtlReport link -LogPath log.jsonl").EndingError.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Files_ThroughALinkedFolder_AreTheSameFile()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links need a privilege there.");
        Directory.CreateDirectory(_session.PathOf("real"));
        _session.Write("real/a.csv", "id\n1\n");
        Directory.CreateSymbolicLink(_session.PathOf("linked"), "real");
        Directory.CreateSymbolicLink(_session.PathOf("again"), _session.PathOf("linked"));
        Outcome outcome = _session.Try("Import-EtlCsv real/*.csv, again/*.csv");
        Assert.Single(outcome.Output);
        Assert.Contains("It is read once.", Assert.Single(outcome.Warnings), StringComparison.Ordinal);
        Assert.Contains("is a file that the pipeline reads", _session.Try("Import-EtlCsv real/a.csv -DeadLetterPath again/a.csv").EndingError.ToString(), StringComparison.Ordinal);
        string load = "Import-EtlCsv a.csv | Export-EtlSqlUpsert -SqlitePath real/t.db -Table t -Key id -CreateTable -DeadLetterPath linked/t.db";
        Assert.Contains("is the database itself", _session.Try(load).EndingError.ToString(), StringComparison.Ordinal);
    }
}
