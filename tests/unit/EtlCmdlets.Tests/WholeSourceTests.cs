using System.Management.Automation;
using Xunit;

namespace EtlTools.Cmdlets.Tests;

/// <summary>Loads that need the whole source.</summary>
public sealed class WholeSourceTests : IDisposable
{
    private const string Load = "Export-EtlSqlUpsert -Provider Sqlite -ConnectionString 'Data Source=t.db' -Table t -Key id -Confirm:$false";

    private readonly ModuleSession _session = new();

    public void Dispose() => _session.Dispose();

    [Theory]
    [InlineData("-Mode Replace", "")]
    [InlineData("-DeleteMissing", "")]
    [InlineData("-DeleteMissing", "ForEach-Object { $global:seen++; $_ } | Invoke-EtlTransform -Trim |")]
    public void Load_SourceGoesOnFromAWatermark_IsRefusedBeforeTheFirstRecord(string parameters, string between)
    {
        _session.Write("a.csv", "id,v\n1,a\n2,b\n");
        _session.Run($"Import-EtlCsv a.csv | {Load} -CreateTable -WatermarkName w -DeadLetterPath d.jsonl");
        _session.Write("a.csv", "id,v\n1,a\n2,b\n3,c\n");
        string mark = "(Get-EtlWatermark w -Provider Sqlite -ConnectionString 'Data Source=t.db')";
        Outcome run = _session.Try($"$global:seen = 0; Import-EtlCsv a.csv -ResumeFrom {mark} | {between} {Load} {parameters}");
        Assert.StartsWith("InputIncomplete,", run.EndingError.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains("Nothing was loaded", run.EndingError.Exception.Message, StringComparison.Ordinal);
        Assert.Equal("0", Assert.Single(_session.Run("$global:seen")).ToString());
        Assert.Equal(["1|a", "2|b"], Table.Rows(_session.PathOf("t.db"), "SELECT id, v FROM t ORDER BY id"));
        // From the beginning it goes.
        PSObject whole = Assert.Single(_session.Run($"Import-EtlCsv a.csv -ResumeFrom $null | {between} {Load} {parameters}"));
        Assert.Equal(3L, whole.Properties["Loaded"].Value);
    }
}
