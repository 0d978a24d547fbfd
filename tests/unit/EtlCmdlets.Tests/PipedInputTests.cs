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
    [InlineData("$e = [Dynamic.ExpandoObject]::new(); $e.a = 1; $e.b = 'x'; , $e")]
    [InlineData("class P { [int]$a = 1; [string]$b = 'x' }; [P]::new()")]
    public void Transform_ObjectWithColumns_IsARecord(string source)
    {
        PSObject record = Assert.Single(_session.Run($"& {{ {source} }} | Invoke-EtlTransform {{ $_ }}"));
        Assert.Equal("EtlTools.Cmdlets.EtlRecord", record.BaseObject.GetType().FullName);
        Assert.Equal(1, record.Properties["a"].Value);
        Assert.Equal("x", record.Properties["b"].Value);
    }

    [Theory]
    [InlineData(", [Newtonsoft.Json.Linq.JObject]::Parse('{\"a\":1,\"b\":\"x\"}')")]
    [InlineData("$list = [object[]]::new(1); $list[0] = [Text.Json.Nodes.JsonNode]::Parse('{\"a\":1,\"b\":\"x\"}'); , $list")]
    public void Transform_JsonObject_IsARecord(string source) =>
        Assert.Equal("a b", Assert.Single(_session.Run($"& {{ {source} }} | Invoke-EtlTransform | ForEach-Object {{ \"$($_.PSObject.Properties.Name)\" }}")).ToString());

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

    [Theory]
    [InlineData(", @([pscustomobject]@{ id = 1 }, @{ id = 2 })")]
    [InlineData("$l = [Collections.Generic.List[object]]@([pscustomobject]@{ id = 1 }, @{ id = 2 }); , $l")]
    [InlineData("'[{\"id\":1},{\"id\":2}]' | ConvertFrom-Json -NoEnumerate")]
    public void Transform_ListInThePipeline_IsItsItems(string source) =>
        Assert.Equal(["1", "2"], _session.Run($"& {{ {source} }} | Invoke-EtlTransform | ForEach-Object id").Select(id => id.ToString()));

    [Fact]
    public void Transform_PropertyThatThrows_IsAFailedRecordThatNamesIt()
    {
        Outcome outcome = _session.Try("[pscustomobject]@{ id = 1 } | Add-Member ScriptProperty bad { throw 'x' } -PassThru | Invoke-EtlTransform");
        Assert.Empty(outcome.Output);
        Assert.Contains("The property 'bad'", Assert.Single(outcome.Errors).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Transform_NamesThatDifferByCaseOnly_IsAFailedRecord()
    {
        Outcome outcome = _session.Try("$h = [hashtable]::new(); $h['a'] = 1; $h['A'] = 2; $h | Invoke-EtlTransform");
        Assert.Empty(outcome.Output);
        Assert.StartsWith("NotARecord,", Assert.Single(outcome.Errors).FullyQualifiedErrorId, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("if ($false) { 1 }")]
    [InlineData("1 | Where-Object { $_ -eq 2 }")]
    [InlineData("switch (3) { 4 { 5 } }")]
    [InlineData("[Management.Automation.Internal.AutomationNull]::Value")]
    public void Export_ValueOfNothing_IsNull(string nothing)
    {
        _session.Run($$"""
            $nothing = & { {{nothing}} }
            [pscustomobject]@{ id = 1; a = $nothing; b = [pscustomobject]@{ c = $nothing; d = @(1, $nothing) } }, @{ id = 2; a = $nothing; b = @{ c = $nothing } } |
                Invoke-EtlTransform { $_.e = $using:nothing; $_ } | {{Load("t")}}
            """);
        Assert.Equal(["1||{\"c\":null,\"d\":[1,null]}|", "2||{\"c\":null}|"], Rows("SELECT id, a, b, e FROM t ORDER BY id"));
    }

    [Theory]
    [InlineData("$t = [Data.DataTable]::new(); [void]$t.Columns.Add('id', [int]); [void]$t.Rows.Add(1); $t.Rows | Add-Member from shop -PassThru")]
    [InlineData("$t = [Data.DataTable]::new(); [void]$t.Columns.Add('id', [int]); [void]$t.Rows.Add(1); , $t.DefaultView | ForEach-Object { $_ } | Add-Member from shop -PassThru")]
    [InlineData("$t = [Data.DataTable]::new(); [void]$t.Columns.Add('id', [int]); [void]$t.Rows.Add(1); $t.CreateDataReader() | Add-Member from shop -PassThru")]
    [InlineData("@{ id = 1 } | Add-Member from shop -PassThru")]
    [InlineData("[pscustomobject]@{ id = 1 } | Add-Member -MemberType ScriptProperty from { 'shop' } -PassThru")]
    [InlineData("[pscustomobject]@{ id = 1; place = 'shop' } | Add-Member -MemberType AliasProperty from place -PassThru")]
    [InlineData("$t = [Data.DataTable]::new(); [void]$t.Columns.Add('id', [int]); [void]$t.Columns.Add('from'); [void]$t.Rows.Add(1, 'old'); $t.Rows | Add-Member from shop -Force -PassThru")]
    public void Transform_PropertyAddedToAnyObject_IsAColumn(string source)
    {
        PSObject record = Assert.Single(_session.Run($"& {{ {source} }} | Invoke-EtlTransform"));
        Assert.Equal("shop", record.Properties["from"].Value?.ToString());
        Assert.Equal(1, record.Properties["id"].Value);
    }

    [Theory]
    [InlineData("Export-EtlSqlUpsert -InputObject $t -SqlitePath t.db -Table t -Key id -CreateTable")]
    [InlineData(", $t | Export-EtlSqlUpsert -SqlitePath t.db -Table t -Key id -CreateTable")]
    [InlineData("$t | Export-EtlSqlUpsert -SqlitePath t.db -Table t -Key id -CreateTable")]
    [InlineData("Export-EtlSqlUpsert -InputObject $t.DefaultView -SqlitePath t.db -Table t -Key id -CreateTable")]
    [InlineData("Export-EtlSqlUpsert -InputObject $t.CreateDataReader() -SqlitePath t.db -Table t -Key id -CreateTable")]
    [InlineData("Export-EtlSqlUpsert -InputObject @($t.Rows) -SqlitePath t.db -Table t -Key id -CreateTable")]
    public void Export_TableInOnePiece_IsItsRows(string load)
    {
        PSObject result = Assert.Single(_session.Run($"$t = [Data.DataTable]::new(); [void]$t.Columns.Add('id', [int]); 1..3 | ForEach-Object {{ [void]$t.Rows.Add($_) }}; $t.AcceptChanges(); {load}"));
        Assert.Equal(3L, result.Properties["Loaded"].Value);
        Assert.Equal(["1", "2", "3"], Rows("SELECT id FROM t ORDER BY id"));
    }

    [Theory]
    [InlineData("$set")]
    [InlineData(", $set")]
    [InlineData("$set.Tables")]
    public void Export_DataSetOfOneTable_IsItsRows(string source)
    {
        _session.Run($"{NewSet} $null = $set.Tables.Add($t); {source} | {Load("t")}; {Load("u")} -InputObject $set; {Load("v")} -InputObject $set.Tables");
        foreach (string table in new[] { "t", "u", "v" })
            Assert.Equal(["1", "2", "3"], Rows($"SELECT id FROM {table} ORDER BY id"));
    }

    [Theory]
    [InlineData("", 0)]
    [InlineData("$set.Tables.Add($t); [void]$set.Tables.Add('other');", 2)]
    public void Export_DataSetOfOtherThanOneTable_FailsAndSaysWhatToPipe(string fill, int count)
    {
        Outcome outcome = _session.Try($"{NewSet} {fill} $set | Invoke-EtlTransform");
        Assert.DoesNotContain(outcome.Output, output => output.Properties["id"] is not null);
        string message = Assert.Single(outcome.Errors).ToString();
        Assert.Contains($"A DataSet with {count} tables", message, StringComparison.Ordinal);
        Assert.Contains("$set.Tables['orders']", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Transform_TableWithADeletedRow_LeavesItOut()
    {
        var output = _session.Run("$t = [Data.DataTable]::new(); [void]$t.Columns.Add('id', [int]); 1..3 | ForEach-Object { [void]$t.Rows.Add($_) }; $t.AcceptChanges(); $t.Rows[1].Delete(); , $t | Invoke-EtlTransform | ForEach-Object id");
        Assert.Equal([1, 3], output.Select(id => id.BaseObject));
    }

    [Fact]
    public void Transform_Hashtables_HaveTheirColumnsInTheOrderOfTheNames()
    {
        var output = _session.Run("@{ d = 1; a = 2; c = 3; b = 4; e = 5 } | Invoke-EtlTransform | ForEach-Object { $_.psobject.Properties.Name -join ' ' }");
        Assert.Equal("a b c d e", Assert.Single(output).ToString());
    }

    [Fact]
    public void Transform_ObjectsOfAJob_HaveNoColumnsOfTheJob()
    {
        var output = _session.Run("""
            Start-ThreadJob { [pscustomobject]@{ id = 1 } } | Receive-Job -Wait -AutoRemoveJob |
                Add-Member RunspaceId ([guid]::NewGuid()) -PassThru | Add-Member PSShowComputerName $true -PassThru | Add-Member PSSourceJobInstanceId ([guid]::NewGuid()) -Force -PassThru |
                Invoke-EtlTransform | ForEach-Object { $_.psobject.Properties.Name -join ' ' }
            """);
        Assert.Equal("id", Assert.Single(output).ToString());
    }

    [Theory]
    [InlineData("$false", "id")]
    [InlineData("$true", "id PSComputerName")]
    public void Transform_ComputerOfAnObject_IsAColumnWherePowerShellShowsIt(string shows, string columns)
    {
        // As Receive-Job, and Invoke-Command of another computer, give them.
        var output = _session.Run($$"""
            $o = [pscustomobject]@{ id = 1 } | Add-Member PSComputerName server7 -PassThru | Add-Member PSShowComputerName {{shows}} -PassThru | Add-Member RunspaceId ([guid]::NewGuid()) -PassThru
            $h = @{ id = 1 } | Add-Member PSComputerName server7 -PassThru | Add-Member PSShowComputerName {{shows}} -PassThru
            $o, $h | Invoke-EtlTransform | ForEach-Object { $_.psobject.Properties.Name -join ' ' }
            """);
        Assert.Equal([columns, columns], output.Select(names => names.ToString()));
    }

    [Fact]
    public void Export_NestedObjects_KeepAllTheirProperties()
    {
        _session.Run($$"""
            $inner = [pscustomobject]@{ a = 1 } | Add-Member -MemberType ScriptProperty twice { $this.a * 2 } -PassThru | Add-Member -MemberType AliasProperty also a -PassThru
            [pscustomobject]@{ id = 1; n = $inner; s = [switch]$true } | {{Load("t")}}
            """);
        Assert.Equal(["{\"a\":1,\"twice\":2,\"also\":1}|1"], Rows("SELECT n, s FROM t"));
    }

    [Theory]
    [InlineData(40, true)]
    [InlineData(255, true)]
    [InlineData(300, false)]
    public void Export_DeepObject_StaysWholeOrFails(int depth, bool isWhole)
    {
        Outcome outcome = _session.Try($$"""
            $n = 'end'; 1..{{depth}} | ForEach-Object { $n = [pscustomobject]@{ n = $n } }
            [pscustomobject]@{ id = 1; n = $n } | {{Load("t")}} -DeadLetterPath d.jsonl
            """);
        PSObject result = Assert.Single(outcome.Output);
        Assert.Equal(isWhole ? 1L : 0L, result.Properties["Loaded"].Value);
        Assert.Equal(isWhole ? 0L : 1L, result.Properties["DeadLettered"].Value);
        if (isWhole)
            Assert.Equal([string.Concat(Enumerable.Repeat("{\"n\":", depth)) + "\"end\"" + new string('}', depth)], Rows("SELECT n FROM t"));
        else
            Assert.Contains("'n' cannot become JSON", File.ReadAllText(_session.PathOf("d.jsonl")), StringComparison.Ordinal);
    }

    [Fact]
    public void Export_ObjectInsideItself_IsAFailedRecord()
    {
        Outcome outcome = _session.Try($"$o = @{{ a = @(1, 2) }}; $o.self = $o; $o.more = @($o, $o); [pscustomobject]@{{ id = 1; n = $o }} | {Load("t")} -DeadLetterPath d.jsonl");
        Assert.Equal(1L, Assert.Single(outcome.Output).Properties["DeadLettered"].Value);
    }

    private const string NewSet = "$t = [Data.DataTable]::new('orders'); [void]$t.Columns.Add('id', [int]); 1..3 | ForEach-Object { [void]$t.Rows.Add($_) }; $set = [Data.DataSet]::new();";

    private static string Load(string table) => $"Export-EtlSqlUpsert -SqlitePath t.db -Table {table} -Key id -CreateTable";

    private string[] Rows(string sql) => Table.Rows(_session.PathOf("t.db"), sql);
}
