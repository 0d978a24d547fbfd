using Xunit;

namespace EtlTools.Cmdlets.Tests;

/// <summary>Objects and lists inside records: they can be changed by whoever has them, and belong to one record all the same.</summary>
public sealed class NestedValueTests : IDisposable
{
    private readonly ModuleSession _session = new();

    public NestedValueTests()
    {
        _session.Write("two.json", """[{"id":1,"o":{"tags": ["a"], "n":1.50, "s":"\\u00e9"}},{"id":2,"o":{"tags":["b"]}}]""");
        _session.Write("one.json", """[{"id":1,"o":{"n":0}}]""");
        _session.Write("a.csv", "id\n1\n2\n3\n");
    }

    public void Dispose() => _session.Dispose();

    [Theory]
    [InlineData("-Unique o", "1 2")]
    [InlineData("-Pattern @{ o = '\"a\"' }", "1")]
    [InlineData("-MaxLength @{ o = 14 }", "2")]
    [InlineData("-AllowedValue @{ o = '{\"tags\":[\"b\"]}' }", "2")]
    public void Rules_SeeTheSameTextBeforeAndAfterALook(string rules, string ids)
    {
        foreach (string look in new[] { "", "Where-Object { $_.o.tags.Count -gt 0 } |" })
            Assert.Equal(ids, string.Join(' ', _session.Try($"Import-EtlJson two.json | {look} Invoke-EtlTransform {rules} | ForEach-Object id").Output));
    }

    [Theory]
    [InlineData("Invoke-EtlTransform -Hash @{ text = 'o' }")]
    [InlineData("Invoke-EtlTransform -Hash @{ text = 'id', 'o' }")]
    [InlineData("Invoke-EtlTransform -SetColumn @{ text = { $_.o } } | Invoke-EtlTransform -Type @{ text = 'string' }")]
    public void Texts_AreTheSameBeforeAndAfterALook(string transform)
    {
        string[] untouched = [.. _session.Run($"Import-EtlJson two.json | {transform} | ForEach-Object text").Select(text => text.ToString())];
        Assert.Equal(2, untouched.Distinct().Count());
        Assert.Equal(untouched, _session.Run($"Import-EtlJson two.json | Where-Object {{ $_.o.tags.Count -gt 0 }} | {transform} | ForEach-Object text").Select(text => text.ToString()));
        Assert.Equal(untouched, _session.Run($"Import-EtlJson two.json | Invoke-EtlTransform {{ $null = $_.o.n; $_ }} | {transform} | ForEach-Object text").Select(text => text.ToString()));
    }

    [Theory]
    [InlineData("Import-EtlJson e.json")]
    [InlineData("Import-EtlJson e.json | Invoke-EtlTransform { $null = $_.o.Count; $_ }")]
    [InlineData("Import-EtlJson e.json | Export-EtlDeadLetter d.jsonl -Code Later; Import-EtlDeadLetter d.jsonl")]
    public void Json_InAColumn_IsReadableHoweverItWasWritten(string source)
    {
        _session.Write("e.json", """[{"id":1,"o":{"city":"K\u00f6ln \ud83d\ude00😀","url":"a\/b","gr\u00f6\u00dfe":["\u0022\u005c\n\u000a\u001f\\u00f6"]}}]""");
        _session.Run($"{source} | Export-EtlSqlUpsert -SqlitePath t.db -Table t -Key id -CreateTable");
        Assert.Equal(["""{"city":"Köln 😀😀","url":"a/b","größe":["\"\\\n\n\u001F\\u00f6"]}"""], Table.Rows(_session.PathOf("t.db"), "SELECT o FROM t"));
    }

    [Theory]
    [InlineData("$b = [byte[]]::new(1); 1..200 | ForEach-Object { $b[0] = $_; [pscustomobject]@{ id = $_; v = $b } }", "hex(v) = printf('%02X', id)")]
    [InlineData("$h = @{}; 1..200 | ForEach-Object { $h.n = $_; [pscustomobject]@{ id = $_; v = $h } }", "json_extract(v, '$.n') = id")]
    [InlineData("$h = [ordered]@{ l = @{} }; 1..200 | ForEach-Object { $h.l.n = $_; @{ id = $_; v = $h } }", "json_extract(v, '$.l.n') = id")]
    [InlineData("$l = [Collections.Generic.List[object]]::new(); 1..200 | ForEach-Object { $l.Clear(); $l.Add($_); [pscustomobject]@{ id = $_; v = $l } }", "json_extract(v, '$[0]') = id")]
    [InlineData("$o = [pscustomobject]@{ n = 0 }; 1..200 | ForEach-Object { $o.n = $_; [pscustomobject]@{ id = $_; v = $o } }", "json_extract(v, '$.n') = id")]
    public void Objects_WithABufferThatIsFilledAnew_AreTakenAsTheyAre(string source, string condition)
    {
        foreach (string transform in new[] { "", "Invoke-EtlTransform -Required id |", "Invoke-EtlTransform { $_ } |" })
        {
            File.Delete(_session.PathOf("t.db"));
            _session.Run($"{source} | {transform} Export-EtlSqlUpsert -SqlitePath t.db -Table t -Key id -CreateTable");
            Assert.Equal(["200|0"], Table.Rows(_session.PathOf("t.db"), $"SELECT count(*), count(*) FILTER (WHERE NOT {condition}) FROM t"));
        }
    }

    [Theory]
    [InlineData("$_.id = $i; $_.o.n = $i")]
    [InlineData("$_.o.n = $i")]
    [InlineData("$_['o'].n = $i")]
    public void Block_EmitsARecordAgainAndAgain_EachHasItsOwnObject(string change) =>
        Assert.Equal("1 2 3", string.Join(' ', _session.Run($"Import-EtlJson one.json | Invoke-EtlTransform {{ foreach ($i in 1..3) {{ {change}; $_ }} }} | ForEach-Object {{ $_.o.n }}")));

    [Fact]
    public void Block_ThatFails_LeavesTheRecordInTheLetterAsItCame()
    {
        _session.Run("Import-EtlJson one.json | Invoke-EtlTransform { $null = $_.o.n; $_ } | Invoke-EtlTransform { $_.o.n = 99; $_.id = 99; throw 'x' } -DeadLetterPath d.jsonl");
        Assert.Equal("1 0", Assert.Single(_session.Run("Import-EtlDeadLetter d.jsonl | ForEach-Object { \"$($_.id) $($_.o.n)\" }")).ToString());
    }

    [Fact]
    public void Block_ChangesTheInside_AVariablesRecordStaysAsItWas() =>
        Assert.Equal("0", Assert.Single(_session.Run("$r = Import-EtlJson one.json; $null = $r.o.n; $null = $r | Invoke-EtlTransform { $_.o.n = 77; $_ }; $r.o.n")).ToString());

    [Theory]
    [InlineData("[pscustomobject]@{ id = 1; meta = @{ n = 0 }; key = 1..3 } | Invoke-EtlTransform -Expand key")]
    [InlineData("Import-EtlCsv a.csv | Invoke-EtlTransform -SetColumn @{ meta = @{ n = 0 }; key = { $_.id } }")]
    [InlineData("Import-EtlCsv a.csv | Invoke-EtlTransform -Default @{ meta = @{ n = 0 } } -Rename @{ id = 'key' }")]
    public void Records_MadeOfOneObject_HaveTheirOwn(string make) =>
        Assert.Equal("1 2 3", string.Join(' ', _session.Run($"{make} | Invoke-EtlTransform {{ $_.meta.n = [int]$_.key; $_ }} | ForEach-Object {{ $_.meta.n }}")));

    [Fact]
    public void Object_InsideItself_IsAFailedRecord()
    {
        Outcome outcome = _session.Try("$o = [pscustomobject]@{ id = 1; self = $null }; $o.self = $o; $o | Invoke-EtlTransform { $_ } | Export-EtlSqlUpsert -SqlitePath t.db -Table t -Key id -CreateTable");
        Assert.Contains("'self' cannot become JSON", Assert.Single(outcome.Errors).ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("$v = @{ c = [pscredential]::new('u', [securestring]::new()) }", "PSCredential in it has no form in JSON")]
    [InlineData("$v = , [Data.DataTable]::new()", "DataTable in it has no form in JSON")]
    [InlineData("$v = [pscredential]::new('u', [securestring]::new())", "of the type PSCredential. Convert it with")]
    public void Objects_WithoutAFormInJson_FailWhereTheyAreLoaded(string make, string message)
    {
        Outcome outcome = _session.Try($"{make}; [pscustomobject]@{{ id = 1; v = $v }} | Export-EtlSqlUpsert -SqlitePath t.db -Table t -Key id -CreateTable");
        Assert.Contains(message, Assert.Single(outcome.Errors).ToString(), StringComparison.Ordinal);
        _session.Run($"{make}; [pscustomobject]@{{ id = 1 }}, [pscustomobject]@{{ id = 2; v = $v }} | Export-EtlSqlUpsert -SqlitePath i.db -Table t -Key id -CreateTable -ExtraColumn Ignore -BatchSize 1");
        Assert.Equal(["1", "2"], Table.Rows(_session.PathOf("i.db"), "SELECT id FROM t ORDER BY id"));
    }

    [Theory]
    [InlineData("$v = [pscredential]::new('u', [securestring]::new())")]
    [InlineData("$v = [securestring]::new()")]
    [InlineData("$v = @{ c = [IO.MemoryStream]::new() }")]
    [InlineData("$v = [pscustomobject]@{ c = [IO.MemoryStream]::new() }")]
    [InlineData("$v = @{ x = 1 }; $v.self = $v")]
    [InlineData("$v = [pscustomobject]@{ self = $null }; $v.self = $v")]
    public void Objects_WithoutAFormInJson_AreNotReplayed(string make)
    {
        const string Load = "Export-EtlSqlUpsert -SqlitePath t.db -Table t -Key id -CreateTable";
        _session.Try($"{make}; [pscustomobject]@{{ id = 1; v = $v }} | Invoke-EtlTransform {{ throw 'x' }} -DeadLetterPath t.jsonl");
        _session.Try($"{make}; [pscustomobject]@{{ id = 1; v = $v }} | {Load} -DeadLetterPath l.jsonl");
        foreach (string letters in new[] { "t.jsonl", "l.jsonl" })
        {
            Assert.Contains("\"unread\":[\"v\"]", File.ReadAllText(_session.PathOf(letters)), StringComparison.Ordinal);
            Outcome replay = _session.Try($"Import-EtlDeadLetter {letters} | {Load} | ForEach-Object {{ $_.Loaded }}");
            Assert.Contains("null in place of the value of 'v'", Assert.Single(replay.Errors).ToString(), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("class Pt { [int] $x = 1; [string] $y = 'q' }; $v = [Pt]::new()", """{"x":1,"y":"q"}""")]
    [InlineData("class Pt { [int] $x = 1 }; $v = @{ inner = [Pt]::new() }", """{"inner":{"x":1}}""")]
    [InlineData("$v = @{ n = [Text.Json.Nodes.JsonNode]::Parse('{\"a\":[1]}') }", """{"n":{"a":[1]}}""")]
    [InlineData("$v = @{ n = [Text.Json.JsonDocument]::Parse('{\"a\":[1]}').RootElement }", """{"n":{"a":[1]}}""")]
    public void Objects_OfScriptClassesAndJson_AreTheirContents(string make, string json)
    {
        _session.Run($"{make}; [pscustomobject]@{{ id = 1; v = $v }} | Export-EtlSqlUpsert -SqlitePath t.db -Table t -Key id -CreateTable");
        Assert.Equal([json], Table.Rows(_session.PathOf("t.db"), "SELECT v FROM t"));
    }
}
