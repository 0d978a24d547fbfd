using Xunit;

namespace EtlTools.Cmdlets.Tests;

/// <summary>A load in a function, or of records in a variable, is another pipeline than the one in which records failed.</summary>
public sealed class OtherPipelineTests : IDisposable
{
    private const string Load = "Export-EtlSqlUpsert -SqlitePath t.db -Table t -Key id -CreateTable";

    private const string Functions = $$"""
        function Load-Steppable { [CmdletBinding()] param([Parameter(ValueFromPipeline)] $InputObject, [hashtable] $More = @{})
            begin { $step = { {{Load}} @More }.GetSteppablePipeline($MyInvocation.CommandOrigin); $step.Begin($PSCmdlet) }
            process { $step.Process($_) }
            end { $step.End() } }
        function Load-Input { param([hashtable] $More = @{}) $input | {{Load}} @More }
        $mark = @{ WatermarkName = 'w'; DeadLetterPath = 'dead.jsonl' }
        """;

    private readonly ModuleSession _session = new();

    public OtherPipelineTests() => _session.Write("a.csv", "id,name\n1,Ann\n2,\n3,Cy\n");

    public void Dispose() => _session.Dispose();

    [Theory]
    [InlineData("Import-EtlCsv a.csv | Invoke-EtlTransform -Required name | Load-Steppable -More $mark")]
    [InlineData("Import-EtlCsv a.csv | Invoke-EtlTransform -Required name | Load-Input -More $mark")]
    [InlineData($"$rows = Import-EtlCsv a.csv | Invoke-EtlTransform -Required name; $rows | {Load} @mark")]
    public void Watermark_RecordThatFailedOutsideOfThePipeline_IsNotPassed(string load)
    {
        Outcome outcome = _session.Try($"{Functions}\n{load}");
        Assert.StartsWith("WatermarkImpossible,", outcome.EndingError.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains("a.csv:3 failed in Invoke-EtlTransform", outcome.EndingError.ToString(), StringComparison.Ordinal);
        Outcome kept = _session.Try($"{Functions}\n{load.Replace("name", "name -DeadLetterPath before.jsonl", StringComparison.Ordinal)}");
        Assert.Null(kept.Terminating);
        Assert.Equal(["1", "3"], Table.Rows(_session.PathOf("t.db"), "SELECT id FROM t ORDER BY id"));
        Assert.Equal("a.csv:3", Assert.Single(_session.Run("Import-EtlDeadLetter before.jsonl | ForEach-Object { \"$($_.EtlPosition)\" }")).ToString());
    }

    [Theory]
    [InlineData("Load-Steppable")]
    [InlineData("Load-Input")]
    public void Load_RecordThatFailedOutsideOfThePipeline_HasNotSucceeded(string load)
    {
        Outcome outcome = _session.Try($"{Functions}\n$r = Import-EtlCsv a.csv | Invoke-EtlTransform -Required name | {load}; \"$($r.Loaded) $($r.LostBefore) $($r.Succeeded)\"");
        Assert.Equal("2 1 False", Assert.Single(outcome.Output).ToString());
        Assert.Contains("1 record of the source failed before this load", Assert.Single(outcome.Warnings), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Import-EtlCsv a.csv -Type @{ name = 'int' }")]
    [InlineData("Import-EtlCsv a.csv | Invoke-EtlTransform -Required name")]
    [InlineData("Import-EtlCsv a.csv | Invoke-EtlTransform -Required name | Select-Object -Skip 0")]
    public void Load_RecordThatFailedInItsOwnPipeline_IsAnErrorAndNotLostBefore(string before)
    {
        Outcome outcome = _session.Try($"$r = {before} | {Load}; \"$($r.Errors -gt 0) $($r.LostBefore) $($r.Succeeded)\"");
        Assert.Equal("True 0 False", Assert.Single(outcome.Output).ToString());
        Assert.Empty(outcome.Warnings);
        Assert.NotEmpty(outcome.Errors);
    }

    [Fact]
    public void Load_RecordsThatAnotherLoadLost_AreLostBefore()
    {
        Outcome outcome = _session.Try($"$rows = Import-EtlCsv a.csv | Invoke-EtlTransform -Required name | {Load} -PassThru; $r = $rows | {Load}; \"$($r.Loaded + $r.Unchanged) $($r.LostBefore)\"");
        Assert.Equal("2 1", Assert.Single(outcome.Output).ToString());
    }

    [Fact]
    public void Load_RecordsPipedInAgain_AreNotLost()
    {
        Outcome outcome = _session.Try($"$rows = Import-EtlCsv a.csv; $null = $rows | Invoke-EtlTransform -Required name; $r = $rows | {Load} -WatermarkName w -DeadLetterPath dead.jsonl; \"$($r.Loaded) $($r.Succeeded) $($r.Watermark.Row)\"");
        Assert.Equal("3 True 3", Assert.Single(outcome.Output).ToString());
    }

    [Fact]
    public void DeleteMissing_RecordThatFailedOutsideOfThePipeline_DeletesNothing()
    {
        _session.Run($"Import-EtlCsv a.csv | {Load}");
        Outcome outcome = _session.Try($"$rows = Import-EtlCsv a.csv | Invoke-EtlTransform -Required name; $null = $rows | {Load} -DeleteMissing -Confirm:$false");
        Assert.Contains(outcome.Warnings, warning => warning.Contains("-DeleteMissing has not deleted", StringComparison.Ordinal));
        Assert.Equal(["3"], Table.Rows(_session.PathOf("t.db"), "SELECT count(*) FROM t"));
    }

    [Fact]
    public void ResultVariable_LoadThatCannotBegin_HasNoOldResult()
    {
        Outcome outcome = _session.Try($"$null = Import-EtlCsv a.csv | {Load} -ResultVariable r; try {{ Import-EtlCsv a.csv | Export-EtlSqlUpsert -SqlitePath t.db -Table other -Key id -ResultVariable r }} catch {{ \"failed\" }}; \"<$($r.Succeeded)>\"");
        Assert.Equal(["failed", "<>"], outcome.Output.Select(line => line.ToString()));
    }
}
