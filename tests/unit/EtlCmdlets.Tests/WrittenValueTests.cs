using System.Management.Automation;
using Xunit;

namespace EtlTools.Cmdlets.Tests;

/// <summary>Values as people write them, from the file to the replay of a dead letter.</summary>
public sealed class WrittenValueTests : IDisposable
{
    private const string How = "-Type @{ sum = 'decimal'; ok = 'bool'; at = 'datetime' } -NumberNotation Any -TrueValue Ja -FalseValue Nein -DateTimeFormat UnixSeconds";

    private readonly ModuleSession _session = new();

    public WrittenValueTests() => _session.Write("f.csv", "sum;ok;at\n(1,000.50);ja;1700000000\n$5-;Nein;0\n");

    public void Dispose() => _session.Dispose();

    [Theory]
    [InlineData($"Import-EtlCsv f.csv ';' {How}")]
    [InlineData($"Get-Content f.csv | ConvertFrom-EtlCsv -Delimiter ';' {How}")]
    [InlineData($"Import-EtlCsv f.csv ';' | Invoke-EtlTransform {How}")]
    [InlineData("Import-EtlCsv f.csv ';' | Invoke-EtlTransform -RulePath rules.json")]
    [InlineData("Import-EtlCsv f.csv ';' -InferType -NumberNotation Any -TrueValue Ja -FalseValue Nein | Invoke-EtlTransform -Type @{ at = 'datetime' } -DateTimeFormat UnixSeconds")]
    public void Read_Written_ConvertsAlike(string script)
    {
        _session.Write("rules.json", """
            { "numberNotation": ["Parentheses", "TrailingSign", "Currency", "Groups"], "trueValue": "ja", "falseValue": ["nein"], "dateTimeFormat": "UnixSeconds",
              "columns": { "sum": { "type": "decimal" }, "ok": { "type": "bool" }, "at": { "type": "datetime" } } }
            """);
        Outcome outcome = _session.Try(script + " | ForEach-Object { ($_.sum, $_.ok, $_.at.ToString('s') -join ' ') }");
        Assert.Empty(outcome.Errors);
        Assert.Equal(["-1000.50 True 2023-11-14T22:13:20", "-5 False 1970-01-01T00:00:00"], outcome.Output.Select(line => line.ToString()));
    }

    [Fact]
    public void Replay_ARowThatFailedForAnotherColumn_ConvertsAsItsSourceWouldHave()
    {
        _session.Write("f.csv", "sum;ok;at;n\n(1,000.50);ja;1700000000;x\n");
        _session.Run($"Import-EtlCsv f.csv ';' {How.Replace("@{", "@{ n = 'int';", StringComparison.Ordinal)} -DeadLetterPath dead.jsonl");
        Outcome outcome = _session.Try(
            "Import-EtlDeadLetter dead.jsonl | Invoke-EtlTransform -SetColumn @{ n = 1 } | Invoke-EtlTransform -Type @{ sum = 'decimal'; ok = 'bool'; at = 'datetime' } | ForEach-Object { ($_.sum, $_.ok, $_.at.ToString('s') -join ' ') }");
        Assert.Empty(outcome.Errors);
        Assert.Equal("-1000.50 True 2023-11-14T22:13:20", Assert.Single(outcome.Output).ToString());
    }
}
