using System.Management.Automation;
using Xunit;

namespace EtlTools.Cmdlets.Tests;

/// <summary>The record behaves in PowerShell as a PSCustomObject does.</summary>
public sealed class RecordTests : IDisposable
{
    private readonly ModuleSession _session = new();

    public RecordTests()
    {
        _session.Write("a.csv", "id,Email,count\n1,a@x,7\n2,b@x,8\n");
        _session.Run("$global:r = @(Import-EtlCsv a.csv)[0]");
    }

    public void Dispose() => _session.Dispose();

    [Theory]
    [InlineData("$r.Email", "a@x")]
    [InlineData("$r.EMAIL", "a@x")]
    [InlineData("$r['email']", "a@x")]
    [InlineData("$r.id = 9; $r.ID", 9)]
    [InlineData("$r.'new column' = 5; $r.'new column'", 5)]
    [InlineData("$r['other'] = 6; $r.other", 6)]
    [InlineData("$r.nothing", null)]
    [InlineData("$r['nothing']", null)]
    [InlineData("$r.count", "7")]
    [InlineData("@($r).Count", 1)]
    [InlineData("$r.psobject.Properties.Name -join ' '", "id Email count")]
    [InlineData("$r.psobject.Properties['email'].Value", "a@x")]
    [InlineData("$r.psobject.Properties['email'].Value = 'c'; $r.email", "c")]
    [InlineData("$c = $r.psobject.Copy(); $c.email = 'z'; $r.email", "a@x")]
    [InlineData("$c = $r.Clone(); $c.email = 'z'; $c.email + $r.email", "za@x")]
    [InlineData("$r | Add-Member n 7; $r.n", 7)]
    [InlineData("$r | Add-Member n 7; $r.n = 8; $r.n", 8)]
    [InlineData("$r | Add-Member n 7; $r.n = 8; $r.psobject.Properties.Name -contains 'n'", true)]
    [InlineData("\"$r\"", "a.csv:2")]
    [InlineData("$r.EtlPosition.Line", 2L)]
    [InlineData("$r.EtlPosition.ByteOffset", 15L)]
    [InlineData("$r.EtlPosition.Row", 1L)]
    [InlineData("$r.EtlId", "a.csv:2")]
    [InlineData("$r.etlsource -like '*a.csv'", true)]
    [InlineData("$null -eq $r.EtlError", true)]
    [InlineData("$r.EtlId = 'mine'; $r.EtlId", "mine")]
    [InlineData("$r.psobject.Properties.Name -contains 'EtlId'", false)]
    [InlineData("$r.x = [pscustomobject]@{ y = 1 }; $r.x.y", 1)]
    [InlineData("$r.when = (Get-Item .).CreationTime; $r.when.GetType().Name", "DateTime")]
    [InlineData("$f = 'email'; $r.$f", "a@x")]
    [InlineData("$r | ForEach-Object { $_.email }", "a@x")]
    [InlineData("($r | Where-Object email -eq 'a@x').id", "1")]
    public void Record_Expression_GivesValue(string script, object? expected)
    {
        PSObject? result = _session.Run(script).SingleOrDefault();
        Assert.Equal(expected, result?.BaseObject);
    }

    [Fact]
    public void Record_UnknownColumnInStrictMode_IsAnError()
    {
        Outcome outcome = _session.Try("Set-StrictMode -Version Latest; $r.nothing");
        Assert.Contains("nothing", Assert.Single(outcome.Errors).ToString(), StringComparison.Ordinal);
        Assert.Equal("a@x", _session.Run("Set-StrictMode -Version Latest; $r.email").Single().BaseObject);
    }

    [Fact]
    public void Record_InForEachParallel_AnswersWithoutTheModulesTypes()
    {
        var output = _session.Run("Import-EtlCsv a.csv | ForEach-Object -Parallel { \"$($_.email) $($_.EtlPosition) $($_['id'])\" }");
        Assert.Equal(["a@x a.csv:2 1", "b@x a.csv:3 2"], output.Select(line => line.ToString()).Order());
    }

    [Fact]
    public void Record_AddedMemberBeforeAStage_IsAColumn()
    {
        var output = _session.Run("Import-EtlCsv a.csv | Add-Member n 3 -PassThru | Invoke-EtlTransform { $_ }");
        Assert.All(output, record => Assert.Equal(3, record.Properties["n"].Value));
    }

    [Theory]
    [InlineData("Import-EtlCsv m.csv")]
    [InlineData("Import-Csv m.csv")]
    public void Record_ChangedAfterItWasPipedIn_TheCommandHasItAsItWas(string read)
    {
        _session.Write("m.csv", "id,kind\n" + string.Concat(Enumerable.Range(1, 2000).Select(i => FormattableString.Invariant($"{i},\n"))));
        string[] kinds = [.. _session.Run($"{read} | ForEach-Object {{ $_.kind = 'a'; $_; $_.kind = 'b'; $_; $_ }} | Invoke-EtlTransform -Type @{{ id = 'int' }} | Group-Object kind | ForEach-Object {{ \"$($_.Name) $($_.Count)\" }}").Select(group => group.ToString())];
        Assert.Equal(["a 2000", "b 4000"], kinds.Order());
        PSObject loaded = _session.Run($"{read} | ForEach-Object {{ $_.kind = 'a'; $_; $_.kind = 'b'; $_ }} | Export-EtlSqlUpsert -SqlitePath m.db -Table m -Key id, kind -CreateTable").Single();
        Assert.Equal((4000L, 0L), (loaded.Properties["Loaded"].Value, loaded.Properties["Superseded"].Value));
    }

    [Fact]
    public async Task Record_LargeAndThenSmall_SentTwice_LeavesRoomInTheLoader()
    {
        _session.Write("w.csv", "id,big\n" + string.Concat(Enumerable.Range(1, 60).Select(i => FormattableString.Invariant($"{i},b\n"))));
        PSObject loaded = (await Task.Run(() => _session.Run("Import-EtlCsv w.csv | ForEach-Object { $_.big = 'x' * 100KB; $_; $_.big = 'y'; $_ } | Export-EtlSqlUpsert -SqlitePath w.db -Table t -Key id -CreateTable -BufferSize 100"), TestContext.Current.CancellationToken)
            .WaitAsync(TimeSpan.FromMinutes(2), TestContext.Current.CancellationToken)).Single();
        Assert.Equal(60L, loaded.Properties["Loaded"].Value);
    }
}
