using System.Text.Json;
using Xunit;

namespace EtlTools.Cmdlets.Tests.Operating;

/// <summary>A replay loads what the source would have loaded, or refuses: the same text is another value in another culture.</summary>
public sealed class ReplayTests : IDisposable
{
    private const string Import = "Import-EtlCsv a.csv -Delimiter ';' -Culture de-DE -DateTimeFormat dd.MM.yyyy -TimeZone Europe/Berlin -Type @{ amount = 'decimal'; at = 'datetime' }";
    private const string Types = "-Type @{ amount = 'decimal'; at = 'datetime' }";
    private const string Show = "ForEach-Object { [string]::Format([cultureinfo]::InvariantCulture, '{0} {1} {2:s}', $_.id, $_.amount, $_.at) }";

    private readonly ModuleSession _session = new();

    public ReplayTests() =>
        _session.Write("a.csv", "id;amount;at\n1;1.500;02.03.2024 x\n2;1.500 EUR;04.05.2024\n3;1.500\n");

    public void Dispose() => _session.Dispose();

    [Fact]
    public void Replay_TextsOfAnotherCulture_AreReadAsTheSourceReadsThem()
    {
        _session.Run($"{Import} -DeadLetterPath dead.jsonl");
        Assert.Equal(["1 1500 2024-03-01T23:00:00", "2 1500 2024-05-03T22:00:00", "3 1500 "], Replay("ForEach-Object { $_.at = $_.at -replace ' x'; $_.amount = $_.amount -replace ' EUR'; $_ }", Types));
    }

    [Fact]
    public void Replay_OnlyTheValueThatWasNotConverted_IsText()
    {
        _session.Run($"{Import} -DeadLetterPath dead.jsonl");
        JsonElement[] data = [.. File.ReadAllLines(_session.PathOf("dead.jsonl")).Select(line => JsonDocument.Parse(line).RootElement.GetProperty("data"))];
        Assert.Equal((1500m, "02.03.2024 x"), (data[0].GetProperty("amount").GetDecimal(), data[0].GetProperty("at").GetString()));
        Assert.Equal(("1.500 EUR", "2024-05-03T22:00:00.0000000Z"), (data[1].GetProperty("amount").GetString(), data[1].GetProperty("at").GetString()));
    }

    [Fact]
    public void Replay_CultureOfTheCall_CountsBeforeTheLetters()
    {
        _session.Run($"{Import} -DeadLetterPath dead.jsonl");
        Assert.Equal(["3 1.500 "], Replay("Where-Object id -eq 3", $"{Types} -Culture Invariant"));
    }

    [Theory]
    [InlineData(63)]
    [InlineData(250)]
    public void Replay_DeeplyNestedRecord_IsWhatItWas(int depth)
    {
        string deep = $"{string.Concat(Enumerable.Repeat("{\"n\":", depth))}1{new string('}', depth)}";
        _session.Write("deep.json", $$"""[{"id":1,"doc":{{deep}}},{"id":2,"doc":[[1],"a"]}]""");
        _session.Run("Import-EtlJson deep.json | Invoke-EtlTransform { throw 'no' } -DeadLetterPath deep.jsonl");
        _session.Run("Import-EtlDeadLetter deep.jsonl | Export-EtlSqlUpsert -SqlitePath deep.db -Table t -Key id -CreateTable");
        Assert.Equal([deep, "[[1],\"a\"]"], Table.Rows(_session.PathOf("deep.db"), "SELECT doc FROM t ORDER BY id"));
    }

    [Fact]
    public void Replay_FailsOnceMore_KeepsHowItIsRead()
    {
        _session.Run($"{Import} -DeadLetterPath dead.jsonl");
        _session.Run("Import-EtlDeadLetter dead.jsonl | Invoke-EtlTransform -Rename @{ amount = 'sum' } -Required nothing -DeadLetterPath again.jsonl");
        File.Move(_session.PathOf("again.jsonl"), _session.PathOf("dead.jsonl"), overwrite: true);
        Assert.Equal(["3 1500 "], Replay("Where-Object id -eq 3", Types));
    }

    [Fact]
    public void Replay_ChangedCulture_IsRefusedUntilOneIsGiven()
    {
        _session.Run("""
            $c = [cultureinfo]::new('de-DE'); $c.NumberFormat.NumberGroupSeparator = "'"
            Import-EtlCsv a.csv -Delimiter ';' -Culture $c -Type @{ amount = 'decimal' } -DeadLetterPath dead.jsonl
            """);
        Assert.Empty(Replay("Where-Object id -eq 3", Types));
        Assert.Equal(["3 1500 "], Replay("Where-Object id -eq 3", $"{Types} -Culture de-DE"));
    }

    [Fact]
    public void Transform_Culture_IsInItsLetterToo()
    {
        _session.Write("b.csv", "id,amount\n1,\"1.500\"\n");
        _session.Run("Import-EtlCsv b.csv | Invoke-EtlTransform -Culture de-DE -Type @{ amount = 'decimal' } -ScriptBlock { throw 'x' } -DeadLetterPath dead.jsonl");
        Assert.Equal(["1 1500 "], Replay("Where-Object id", "-Type @{ amount = 'decimal' }"));
    }

    [Fact]
    public void Load_TextThatWasNotConverted_IsRefusedAndTheAdviceWorks()
    {
        _session.Run($"{Import} -DeadLetterPath dead.jsonl");
        const string load = "Export-EtlSqlUpsert -Provider Sqlite -ConnectionString 'Data Source=t.db' -Table t -Key id -CreateTable -DeadLetterPath refused.jsonl";
        Assert.Equal(0L, _session.Run($"Import-EtlDeadLetter dead.jsonl | {load}").Single().Properties["Loaded"].Value);
        Assert.Contains("Convert it with Invoke-EtlTransform -Type", File.ReadAllText(_session.PathOf("refused.jsonl")), StringComparison.Ordinal);
        Assert.Equal(3L, _session.Run($"Import-EtlDeadLetter dead.jsonl | Invoke-EtlTransform -Type @{{ amount = 'string'; at = 'string' }} | {load}").Single().Properties["Loaded"].Value);
    }

    private IEnumerable<string> Replay(string correction, string options) =>
        _session.Run($"Import-EtlDeadLetter dead.jsonl | {correction} | Invoke-EtlTransform {options} -ErrorAction SilentlyContinue | {Show}").Select(line => line.ToString());
}
