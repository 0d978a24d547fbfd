using System.Management.Automation;
using Xunit;

namespace EtlTools.Cmdlets.Tests;

/// <summary>Any object with columns may be piped into any stage.</summary>
public sealed class PipedInputTests : IDisposable
{
    private readonly ModuleSession _session = new();

    public void Dispose() => _session.Dispose();

    [Theory]
    [InlineData("[pscustomobject]@{ a = 1; b = 'x' }")]
    [InlineData("[ordered]@{ a = 1; b = 'x' }")]
    [InlineData("@{ a = 1; b = 'x' }")]
    [InlineData("$t = [Data.DataTable]::new(); [void]$t.Columns.Add('a', [int]); [void]$t.Columns.Add('b'); [void]$t.Rows.Add(1, 'x'); $t.Rows")]
    [InlineData("$t = [Data.DataTable]::new(); [void]$t.Columns.Add('a', [int]); [void]$t.Columns.Add('b'); [void]$t.Rows.Add(1, 'x'); , [Data.DataTableReader]::new($t) | ForEach-Object { while ($_.Read()) { , $_ } }")]
    [InlineData("class P { [int]$a = 1; [string]$b = 'x' }; [P]::new()")]
    public void Transform_ObjectWithColumns_IsARecord(string source)
    {
        PSObject record = Assert.Single(_session.Run($"& {{ {source} }} | Invoke-EtlTransform {{ $_ }}"));
        Assert.Equal("EtlTools.Cmdlets.EtlRecord", record.BaseObject.GetType().FullName);
        Assert.Equal(1, record.Properties["a"].Value);
        Assert.Equal("x", record.Properties["b"].Value);
    }

    [Fact]
    public void Export_DataReader_IsReadRowByRow()
    {
        var output = _session.Run("""
            $t = [Data.DataTable]::new(); [void]$t.Columns.Add('id', [int])
            1..5000 | ForEach-Object { [void]$t.Rows.Add($_) }
            $reader = $t.CreateDataReader()
            $reader | Export-EtlSqlUpsert -SqlitePath t.db -Table t -Key id -CreateTable -BatchSize 10 -BufferSize 20 -PassThru | Select-Object -First 1 | ForEach-Object id
            $reader.Read(); $reader['id'] -lt 5000
            """);
        Assert.Equal([1, true, true], output.Select(value => value.BaseObject));
    }

    [Fact]
    public void Transform_DBNull_IsNull()
    {
        PSObject record = Assert.Single(_session.Run("$t = [Data.DataTable]::new(); [void]$t.Columns.Add('a'); [void]$t.Rows.Add([DBNull]::Value); $t.Rows | Invoke-EtlTransform"));
        Assert.Null(record.Properties["a"].Value);
    }

    [Theory]
    [InlineData("1")]
    [InlineData("'text'")]
    [InlineData("$null")]
    [InlineData("@{}")]
    public void Transform_ObjectWithoutColumns_IsAFailedRecord(string source)
    {
        Outcome outcome = _session.Try($"{source}, @{{ a = 1 }} | Invoke-EtlTransform");
        Assert.Single(outcome.Output);
        Assert.StartsWith("NotARecord,", Assert.Single(outcome.Errors).FullyQualifiedErrorId, StringComparison.Ordinal);
    }

    [Fact]
    public void Transform_PropertyThatThrows_IsAFailedRecordThatNamesIt()
    {
        Outcome outcome = _session.Try("[Diagnostics.Process]::GetCurrentProcess() | Invoke-EtlTransform");
        Assert.Empty(outcome.Output);
        Assert.Contains("The property '", Assert.Single(outcome.Errors).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Transform_NamesThatDifferByCaseOnly_IsAFailedRecord()
    {
        Outcome outcome = _session.Try("$h = [hashtable]::new(); $h['a'] = 1; $h['A'] = 2; $h | Invoke-EtlTransform");
        Assert.Empty(outcome.Output);
        Assert.StartsWith("NotARecord,", Assert.Single(outcome.Errors).FullyQualifiedErrorId, StringComparison.Ordinal);
    }
}
