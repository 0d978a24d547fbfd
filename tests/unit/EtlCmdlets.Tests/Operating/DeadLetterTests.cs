using System.Management.Automation;
using System.Text.Json;
using Xunit;

namespace EtlTools.Cmdlets.Tests.Operating;

/// <summary>Failed records on their way out and back.</summary>
public sealed class DeadLetterTests : IDisposable
{
    private const string Load = "Export-EtlSqlUpsert -Provider Sqlite -ConnectionString 'Data Source=t.db' -Table t -Key id";

    private readonly ModuleSession _session = new();

    public void Dispose() => _session.Dispose();

    [Fact]
    public void Replay_LettersOfEveryStage_GivesTheTableOfACleanRun()
    {
        string clean = "id,amount,email\n" + string.Concat(Enumerable.Range(1, 300).Select(i => $"{i},{i}.50,user{i}@example.org\n"));
        _session.Write("clean.csv", clean);
        // Wrong: a type for the source, a rule and a throw for the transform, a constraint for the loader.
        _session.Write("damaged.csv", clean
            .Replace("\n7,7.50,", "\n7,seven,", StringComparison.Ordinal)
            .Replace("user80@example.org", "", StringComparison.Ordinal)
            .Replace("user81@example.org", "THROW", StringComparison.Ordinal)
            .Replace("\n200,200.50,", "\n200,-1,", StringComparison.Ordinal));
        const string Table = "CREATE TABLE t(id TEXT PRIMARY KEY, amount NUMERIC CHECK (amount > 0), email TEXT NOT NULL)";
        const string Transform = "Invoke-EtlTransform -Required email { if ($_.email -eq 'THROW') { throw 'not this one' }; $_ }";
        Rows(Table);
        _session.Run($"Import-EtlCsv clean.csv -Type @{{ amount = 'decimal' }} | {Transform} | {Load}");
        string[] expected = Rows("SELECT * FROM t ORDER BY id");
        Rows("DROP TABLE t");
        Rows(Table);

        PSObject first = Assert.Single(_session.Run($"Import-EtlCsv damaged.csv -Type @{{ amount = 'decimal' }} | {Transform} | {Load} -DeadLetterPath dead.jsonl"));
        Assert.Equal(4L, first.Properties["DeadLettered"].Value);
        PSObject second = Assert.Single(_session.Run($$"""
            Import-EtlDeadLetter dead.jsonl |
                Invoke-EtlTransform -ScriptBlock {
                    if ([string]::IsNullOrEmpty($_.email) -or $_.email -eq 'THROW') { $_.email = "user$($_.id)@example.org" }
                    if ($_.amount -eq 'seven') { $_.amount = '7.50' }
                    if ($_.amount -eq -1) { $_.amount = 200.50d }
                    $_
                } |
                {{Transform}} -Type @{ amount = 'decimal' } |
                {{Load}} -DeadLetterPath dead2.jsonl
            """));
        Assert.Equal((4L, 0L, true), (second.Properties["Loaded"].Value, second.Properties["DeadLettered"].Value, second.Properties["Succeeded"].Value));
        Assert.Equal(expected, Rows("SELECT * FROM t ORDER BY id"));
        Assert.False(File.Exists(_session.PathOf("dead2.jsonl")));
    }

    [Fact]
    public void Import_Filters_TakeWildcards()
    {
        WriteDamaged();
        Assert.Equal(["7"], Ids("-Code Conv*"));
        Assert.Equal(["9"], Ids("-Stage Invoke-* -Code RequiredMissing, Other"));
        Assert.Equal(["9"], Ids("-Column em*"));
        Assert.Empty(Ids("-Code Nothing"));
        Assert.Equal(["7", "9"], Ids(""));
    }

    [Fact]
    public void Import_Record_KnowsWhereItCameFromAndWhy()
    {
        WriteDamaged();
        string line = _session.Run("Import-EtlDeadLetter dead.jsonl -Code ConversionFailed | ForEach-Object { \"$($_.EtlPosition) $($_.EtlError) $($_.EtlLetter.Code) $($_.EtlLetter.Attempts) $($_.EtlLetter.Column)\" }").Single().ToString();
        Assert.Equal("a.csv:8  ConversionFailed 1 amount", line);
    }

    [Fact]
    public void Replay_ThatFailsAgain_SaysTheAttempt()
    {
        WriteDamaged();
        for (int attempt = 2; attempt <= 3; attempt++)
        {
            _session.Run("Import-EtlDeadLetter dead.jsonl -Code RequiredMissing | Invoke-EtlTransform -Required email -DeadLetterPath again.jsonl | Out-Null");
            JsonElement letter = JsonDocument.Parse(File.ReadAllLines(_session.PathOf("again.jsonl"))[^1]).RootElement;
            Assert.Equal(attempt, letter.GetProperty("attempts").GetInt32());
            File.Move(_session.PathOf("again.jsonl"), _session.PathOf("dead.jsonl"), overwrite: true);
        }
    }

    [Fact]
    public void Import_Letters_AreGroupedAndFilteredByTheirMembers()
    {
        WriteDamaged();
        const string read = "Import-EtlDeadLetter dead.jsonl";
        Assert.Equal(["ConversionFailed 1", "RequiredMissing 1"], Texts($"{read} | Group-Object Code | Sort-Object Name | ForEach-Object {{ \"$($_.Name) $($_.Count)\" }}"));
        Assert.Equal(["9"], Texts($"{read} | Where-Object Code -eq RequiredMissing | ForEach-Object id"));
        Assert.Equal(["email Invoke-EtlTransform 1"], Texts($"{read} -Column email | Select-Object Column, Stage, Attempts | ForEach-Object {{ \"$($_.Column) $($_.Stage) $($_.Attempts)\" }}"));
        Assert.Equal(["id", "amount", "email"], Texts($"{read} -Column email | ForEach-Object {{ $_.PSObject.Properties.Name }}"));
        Assert.Equal(["ConversionFailed"], Texts("Import-EtlCsv a.csv -Type @{ amount = 'int' } -ErrorVariable failed -ErrorAction SilentlyContinue | Out-Null; $failed.TargetObject | Group-Object Code | ForEach-Object Name"));
    }

    [Fact]
    public void Import_ColumnNamedAsAMemberOfTheLetter_IsTheColumn()
    {
        _session.Run("@{ id = 1; code = 'of the row' } | Export-EtlDeadLetter dead.jsonl -Code Mine");
        Assert.Equal(["of the row"], Texts("Import-EtlDeadLetter dead.jsonl | Group-Object Code | ForEach-Object Name"));
    }

    [Fact]
    public void Load_FilesThatCannotBeRead_AreCountedInTheResult()
    {
        _session.Write("a.csv", "id\n1\n");
        _session.Write("b.csv", "");
        PSObject result = Assert.Single(_session.Run($"Import-EtlCsv a.csv, b.csv -ErrorAction SilentlyContinue | {Load} -CreateTable -DeadLetterPath dead.jsonl"));
        Assert.Equal((1L, 0L, 1, false), (result.Properties["Loaded"].Value, result.Properties["Errors"].Value, result.Properties["InputErrors"].Value, result.Properties["Succeeded"].Value));
        Assert.EndsWith("; input errors 1", result.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Import_Nested_ComesBackAsItWas()
    {
        _session.Run("@{ id = 1; tags = @('a', 'b'); who = @{ name = 'x' } } | Export-EtlDeadLetter dead.jsonl -Code Mine");
        JsonElement data = JsonDocument.Parse(File.ReadAllText(_session.PathOf("dead.jsonl"))).RootElement.GetProperty("data");
        Assert.Equal(JsonValueKind.Array, data.GetProperty("tags").ValueKind);
        _session.Run("Import-EtlDeadLetter dead.jsonl | Export-EtlDeadLetter again.jsonl -Code Mine");
        Assert.Equal(data.GetRawText(), JsonDocument.Parse(File.ReadAllText(_session.PathOf("again.jsonl"))).RootElement.GetProperty("data").GetRawText());
    }

    [Fact]
    public void Export_InTheMiddle_TakesFailedRecordsAndPassesGoodOnes()
    {
        _session.Write("a.csv", "id,amount\n1,5\n2,x\n3,7\n");
        var ids = _session.Run("Import-EtlCsv a.csv -Type @{ amount = 'int' } | Export-EtlDeadLetter -Path dead.jsonl | Where-Object { $_.amount -gt 5 } | ForEach-Object { $_.id }");
        Assert.Equal(["3"], ids.Select(id => id.ToString()));
        JsonElement letter = JsonDocument.Parse(File.ReadAllText(_session.PathOf("dead.jsonl"))).RootElement;
        Assert.Equal(("Import-EtlCsv", 3), (letter.GetProperty("stage").GetString(), letter.GetProperty("line").GetInt32()));
    }

    [Fact]
    public void Export_WithCode_WritesWhatAForeignCommandPickedOut()
    {
        _session.Write("a.csv", "id,amount\n1,5\n2,-3\n");
        var passed = _session.Run("Import-EtlCsv a.csv | Where-Object { [int]$_.amount -lt 0 } | Export-EtlDeadLetter dead.jsonl -Code NegativeAmount -Column amount -Message 'No refunds here.'");
        Assert.Empty(passed);
        JsonElement letter = JsonDocument.Parse(File.ReadAllText(_session.PathOf("dead.jsonl"))).RootElement;
        Assert.Equal(("Export-EtlDeadLetter", "NegativeAmount", "amount", "No refunds here.", 3), (
            letter.GetProperty("stage").GetString(), letter.GetProperty("code").GetString(), letter.GetProperty("column").GetString(),
            letter.GetProperty("message").GetString(), letter.GetProperty("line").GetInt32()));
    }

    [Fact]
    public void DeadLetter_BeyondItsSize_IsMovedAside()
    {
        _session.Write("a.csv", "id,amount\n" + string.Concat(Enumerable.Range(1, 3000).Select(i => $"{i},x\n")));
        _session.Run($"Import-EtlCsv a.csv -Type @{{ amount = 'int' }} | {Load} -CreateTable -DeadLetterPath dead.jsonl -DeadLetterMaxBytes 200000");
        Assert.True(Directory.GetFiles(_session.Folder, "dead*.jsonl").Length > 3);
        Assert.Equal(Enumerable.Range(1, 3000).Select(i => $"{i}"), _session.Run("(Import-EtlDeadLetter dead*.jsonl).id").Select(id => id.ToString()));
    }

    [Fact]
    public void DeadLetter_SizeGivenByOneOfItsCommands_IsObeyed()
    {
        _session.Write("a.csv", "id,amount\n" + string.Concat(Enumerable.Range(1, 3000).Select(i => $"{i},x\n")));
        _session.Run($"Import-EtlCsv a.csv -Type @{{ amount = 'int' }} -DeadLetterPath dead.jsonl -DeadLetterMaxBytes 200000 | {Load} -CreateTable -DeadLetterPath dead.jsonl");
        Assert.True(Directory.GetFiles(_session.Folder, "dead*.jsonl").Length > 3);
    }

    [Fact]
    public void DeadLetter_TwoSizesForOneFile_AreRefused()
    {
        _session.Write("a.csv", "id,amount\n1,1\n");
        Outcome outcome = _session.Try($"Import-EtlCsv a.csv -DeadLetterPath dead.jsonl -DeadLetterMaxBytes 100000 | {Load} -CreateTable -DeadLetterPath dead.jsonl -DeadLetterMaxBytes 200000");
        Assert.StartsWith("InvalidParameter,", outcome.EndingError.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains("-DeadLetterMaxBytes is 100000 here, and 200000 in another command", outcome.EndingError.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void DeadLetter_NamedByALinkToo_IsOneFile()
    {
        _session.Write("a.csv", "id,amount\n1,x\n2,y\n");
        _session.Write("dead.jsonl", "");
        File.CreateSymbolicLink(_session.PathOf("link.jsonl"), _session.PathOf("dead.jsonl"));
        Outcome outcome = _session.Try($"Import-EtlCsv a.csv -Type @{{ amount = 'int' }} -DeadLetterPath dead.jsonl -DeadLetterMaxBytes 100000 | {Load} -CreateTable -DeadLetterPath link.jsonl -DeadLetterMaxBytes 200000");
        Assert.Contains("-DeadLetterMaxBytes is 100000 here", outcome.EndingError.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task DeadLetter_OfSeveralProcesses_NeverMixesLines()
    {
        _session.Write("a.csv", "id,amount\n" + string.Concat(Enumerable.Range(1, 2000).Select(i => $"{i},{new string('x', 1 + (i % 300))}\n")));
        string script = _session.Write("load.ps1", $$"""
            param($Name)
            Import-Module '{{ModuleSession.ManifestPath}}'
            Set-Location '{{_session.Folder}}'
            Import-EtlCsv a.csv -Type @{ amount = 'int' } |
                Export-EtlSqlUpsert -Provider Sqlite -ConnectionString "Data Source=$Name.db" -Table t -Key id -CreateTable -BatchSize 50 -DeadLetterPath dead.jsonl | Out-Null
            """);
        ChildShell[] children = [.. Enumerable.Range(1, 3).Select(i => ChildShell.Start(script, $"p{i}"))];
        foreach (ChildShell child in children)
        {
            Assert.Equal((0, ""), (await child.WaitAsync(), child.Error));
            child.Dispose();
        }
        // An empty line is nobody's.
        string[] lines = [.. File.ReadAllLines(_session.PathOf("dead.jsonl")).Where(line => line.Length > 0)];
        Assert.Equal(6000, lines.Length);
        var runs = lines.Select(line => JsonDocument.Parse(line).RootElement).GroupBy(letter => letter.GetProperty("runId").GetString());
        Assert.All(runs, run => Assert.Equal(Enumerable.Range(2, 2000), run.Select(letter => letter.GetProperty("line").GetInt32())));
        Assert.Equal(3, runs.Count());
        Assert.Equal(2000, _session.Run("Import-EtlDeadLetter dead.jsonl").Count);
    }

    private void WriteDamaged()
    {
        _session.Write("a.csv", "id,amount,email\n" + string.Concat(Enumerable.Range(1, 10).Select(i => $"{i},{(i == 7 ? "x" : "1")},{(i == 9 ? "" : "e")}\n")));
        _session.Run($"Import-EtlCsv a.csv -Type @{{ amount = 'int' }} | Invoke-EtlTransform -Required email | {Load} -CreateTable -DeadLetterPath dead.jsonl");
    }

    private string[] Ids(string filter) => [.. _session.Run($"Import-EtlDeadLetter dead.jsonl {filter} | ForEach-Object {{ $_.id }}").Select(id => id.ToString())];

    private string[] Texts(string script) => [.. _session.Run(script).Select(text => text.ToString())];

    private string[] Rows(string sql) => Table.Rows(_session.PathOf("t.db"), sql);
}
