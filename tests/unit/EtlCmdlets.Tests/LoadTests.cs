using System.Management.Automation;
using Microsoft.Data.Sqlite;
using Xunit;

namespace EtlTools.Cmdlets.Tests;

/// <summary>The whole pipeline into SQLite, as users call it.</summary>
public sealed class LoadTests : IDisposable
{
    private const string Load = "Export-EtlSqlUpsert -Provider Sqlite -ConnectionString 'Data Source=t.db' -Table t -Key id";

    private readonly ModuleSession _session = new();

    public void Dispose() => _session.Dispose();

    [Fact]
    public void Load_Twice_ChangesNothing()
    {
        _session.Write("a.csv", "id,zip,name\n1,00501,\"a, b\"\n2,00544,\n3,99999,\"say \"\"hi\"\"\"\n");
        PSObject first = Assert.Single(_session.Run($"Import-EtlCsv a.csv | {Load} -CreateTable"));
        string[] rows = Rows("SELECT id, zip, name FROM t ORDER BY id");
        PSObject second = Assert.Single(_session.Run($"Import-EtlCsv a.csv | {Load} -CreateTable"));
        Assert.Equal(["1|00501|a, b", "2|00544|", "3|99999|say \"hi\""], rows);
        Assert.Equal(rows, Rows("SELECT id, zip, name FROM t ORDER BY id"));
        Assert.Equal((3L, 3L, 0L), (first.Properties["Loaded"].Value, first.Properties["Inserted"].Value, first.Properties["Updated"].Value));
        Assert.Equal((3L, 0L, 3L), (second.Properties["Loaded"].Value, second.Properties["Inserted"].Value, second.Properties["Updated"].Value));
        Assert.Equal(true, second.Properties["Succeeded"].Value);
    }

    [Fact]
    public void Load_MissingColumn_KeepsTheStoredValueAndTakesTheDefault()
    {
        Rows("CREATE TABLE t(id TEXT PRIMARY KEY, a TEXT DEFAULT 'none', b TEXT)");
        _session.Run($"@{{ id = '1'; a = 'x'; b = 'y' }} | {Load}");
        _session.Run($"@{{ id = '1'; b = $null }}, @{{ id = '2'; b = 'z' }} | {Load}");
        Assert.Equal(["1|x|", "2|none|z"], Rows("SELECT id, a, b FROM t ORDER BY id"));
    }

    [Fact]
    public void Load_NullInTheKey_IsAFailedRecord()
    {
        Rows("CREATE TABLE t(id TEXT PRIMARY KEY, a TEXT)");
        Outcome outcome = _session.Try($"@{{ id = $null; a = 'x' }}, @{{ id = '2'; a = 'y' }} | {Load}");
        Assert.StartsWith("KeyIsNull,", Assert.Single(outcome.Errors).FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal(["2|y"], Rows("SELECT id, a FROM t"));
    }

    [Fact]
    public void Load_DuplicateKeysInABatch_TheLastWins()
    {
        PSObject result = Assert.Single(_session.Run($"@{{ id = '1'; a = 'x' }}, @{{ id = '1'; a = 'y' }}, @{{ id = '1'; a = 'z' }} | {Load} -CreateTable"));
        Assert.Equal(["1|z"], Rows("SELECT id, a FROM t"));
        Assert.Equal((1L, 2L), (result.Properties["Loaded"].Value, result.Properties["Superseded"].Value));
    }

    [Fact]
    public void Load_WhatIf_TouchesNothing()
    {
        _session.Write("a.csv", "id,name\n1,a\n");
        Outcome outcome = _session.Try($"Import-EtlCsv a.csv | {Load} -CreateTable -WhatIf");
        Assert.Empty(outcome.Output);
        Assert.Empty(outcome.Errors);
        Assert.False(File.Exists(_session.PathOf("t.db")));
    }

    [Fact]
    public void Load_PassThru_GivesTheCommittedRecordsAndTheResultInAVariable()
    {
        _session.Write("a.csv", "id,name\n1,a\n2,b\n3\n");
        Outcome outcome = _session.Try($"Import-EtlCsv a.csv | {Load} -CreateTable -PassThru -ResultVariable r -DeadLetterPath d.jsonl | ForEach-Object {{ $_.name }}; $r.Loaded; $r.DeadLettered");
        Assert.Equal(["a", "b", 2L, 1L], outcome.Output.Select(value => value.BaseObject));
    }

    [Fact]
    public void Load_RelativePaths_AreTheSessionsNotTheProcesss()
    {
        Directory.CreateDirectory(_session.PathOf("sub"));
        _session.Write("sub/a.csv", "id,name\n1,a\n2\n");
        _session.Run($"$ExecutionContext.SessionState.Path.SetLocation('sub'); Import-EtlCsv ./a.csv | {Load} -CreateTable -DeadLetterPath d.jsonl");
        Assert.All(["sub/t.db", "sub/d.jsonl"], name => Assert.True(File.Exists(_session.PathOf(name)), name));
        Assert.NotEqual(_session.Folder, Environment.CurrentDirectory);
    }

    [Fact]
    public void Load_DatabaseLocked_RetriesAndThenStops()
    {
        Rows("CREATE TABLE t(id TEXT PRIMARY KEY, name TEXT)");
        _session.Write("a.csv", "id,name\n1,a\n");
        Outcome outcome;
        using (new DatabaseLock(_session.PathOf("t.db")))
            outcome = _session.Try($"Import-EtlCsv a.csv | {Load} -OutageBudgetSec 1");
        Assert.StartsWith("OutageBudgetSpent,", outcome.EndingError.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains("locked", outcome.EndingError.ToString(), StringComparison.Ordinal);
        PSObject again = Assert.Single(_session.Run($"Import-EtlCsv a.csv | {Load}"));
        Assert.Equal(1L, again.Properties["Loaded"].Value);
    }

    [Fact]
    public async Task Load_DatabaseLockedForAWhile_WaitsForIt()
    {
        Rows("CREATE TABLE t(id TEXT PRIMARY KEY, name TEXT)");
        _session.Write("a.csv", "id,name\n1,a\n");
        var locked = new DatabaseLock(_session.PathOf("t.db"));
        var release = Task.Run(async () =>
        {
            await Task.Delay(3000);
            locked.Dispose();
        });
        PSObject result = Assert.Single(_session.Run($"Import-EtlCsv a.csv | {Load} -OutageBudgetSec 60"));
        await release;
        Assert.Equal(1L, result.Properties["Loaded"].Value);
        Assert.True((long)result.Properties["Retries"].Value > 0);
    }

    [Fact]
    public void Load_SilentSource_CommitsWithinTheFlushInterval()
    {
        // What is committed by then is seen from another process, as a reader of the table would.
        string count = Path.Combine(_session.Folder, "count");
        _session.Run($$"""
            & {
                @{ id = '1'; a = 'x' }
                [Threading.Thread]::Sleep(2500)
                $process = [Diagnostics.Process]::Start([Diagnostics.ProcessStartInfo]::new('dotnet', [string[]]('{{DatabaseLock.Program}}', 'count', '{{_session.PathOf("t.db")}}', '{{count}}')))
                $process.WaitForExit()
                @{ id = '2'; a = 'y' }
            } | Invoke-EtlTransform { $_ } | {{Load}} -CreateTable -FlushIntervalSec 0.5
            """);
        Assert.Equal("1", File.ReadAllText(count));
    }

    [Theory]
    [InlineData("Import-EtlCsv", "ThrottleLimit", "BufferSize", null, null)]
    [InlineData("Invoke-EtlTransform", "ThrottleLimit", "BufferSize", null, null)]
    [InlineData("Export-EtlSqlUpsert", null, "BufferSize", "BatchSize", "FlushIntervalSec")]
    public void Parameters_Defaults_AreThoseOfTheHelp(string command, string? throttle, string buffer, string? batch, string? flush)
    {
        // The documented values; the help page of each command is checked against the same object in tests/pester.
        string make = $"$c = [Activator]::CreateInstance((Get-Command {command}).ImplementingType); ";
        Assert.Equal(10_000, _session.Run(make + $"$c.{buffer}").Single().BaseObject);
        if (throttle is not null)
            Assert.Equal(Math.Min(Environment.ProcessorCount, 8), _session.Run(make + $"$c.{throttle}").Single().BaseObject);
        if (batch is not null)
            Assert.Equal(5_000, _session.Run(make + $"$c.{batch}").Single().BaseObject);
        if (flush is not null)
            Assert.Equal(1.0, _session.Run(make + $"$c.{flush}").Single().BaseObject);
    }

    private string[] Rows(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={_session.PathOf("t.db")};Pooling=False");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        using SqliteDataReader reader = command.ExecuteReader();
        var rows = new List<string>();
        while (reader.Read())
            rows.Add(string.Join('|', Enumerable.Range(0, reader.FieldCount).Select(i => reader.GetValue(i))));
        return [.. rows];
    }
}
