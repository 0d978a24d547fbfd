using Xunit;

namespace EtlTools.Cmdlets.Tests;

/// <summary>Several records of one row of a source: a watermark passes them together.</summary>
public sealed class PartsOfARowTests : IDisposable
{
    private const string Block = "Invoke-EtlTransform { $id = $_.id; 1..3 | ForEach-Object { [pscustomobject]@{ id = \"$id.$_\" } } }";
    private const string Expand = "Invoke-EtlTransform -Expand l | Invoke-EtlTransform -SetColumn @{ id = { \"$($_.id).$($_.l)\" } } -ExcludeColumn l";
    private const string ExpandTwice = "Invoke-EtlTransform -Expand m | Invoke-EtlTransform -Expand m | Invoke-EtlTransform -SetColumn @{ id = { \"$($_.id).$($_.m)\" } } -Column id";

    private readonly ModuleSession _session = new();

    public PartsOfARowTests()
    {
        _session.Write("a.csv", "id\n1\n2\n");
        _session.Write("a.jsonl", "{\"id\":1,\"l\":[1,2,3],\"m\":[[1,2],[3]]}\n{\"id\":2,\"l\":[1,2,3],\"m\":[[1],[2,3]]}\n");
        _session.Run("1, 2 | ForEach-Object { [pscustomobject]@{ id = $_ } } | Export-EtlSqlUpsert -SqlitePath a.db -Table a -Key id -CreateTable");
    }

    public void Dispose() => _session.Dispose();

    [Theory]
    [InlineData("Import-EtlCsv a.csv", Block)]
    [InlineData("Import-EtlJson a.jsonl", Expand)]
    [InlineData("Import-EtlJson a.jsonl", ExpandTwice)]
    [InlineData("Import-EtlSql -SqlitePath a.db -Table a -WatermarkColumn id", Block)]
    // The last part is dropped, or fails and goes past the load.
    [InlineData("Import-EtlCsv a.csv", Block + " | Where-Object id -notlike '*.3'", 4)]
    [InlineData("Import-EtlCsv a.csv", Block + " | Invoke-EtlTransform -Pattern @{ id = '[12]$' } -DeadLetterPath d.jsonl", 4)]
    public void Load_CutOffAmongThem_LoadsTheRestInTheNextRun(string source, string parts, int all = 6)
    {
        for (int first = 1; first <= all; first++)
        {
            _session.Run($$"""
                foreach ($first in {{first}}, 100) {
                    {{source}} -ResumeFrom (Get-EtlWatermark w -SqlitePath t{{first}}.db -ErrorAction SilentlyContinue) | {{parts}} | Select-Object -First $first |
                        Export-EtlSqlUpsert -SqlitePath t{{first}}.db -Table t -Key id -CreateTable -WatermarkName w -DeadLetterPath d.jsonl | Out-Null
                }
                """);
            Assert.Equal([$"{all}|2"], Table.Rows(_session.PathOf($"t{first}.db"), "SELECT (SELECT count(*) FROM t), (SELECT row_number FROM etl_watermark WHERE source_id <> '')"));
        }
    }
}
