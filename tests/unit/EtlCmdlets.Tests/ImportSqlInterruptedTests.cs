using System.Management.Automation;
using EtlTools.Testing;
using Npgsql;
using Xunit;

namespace EtlTools.Cmdlets.Tests;

/// <summary>Import-EtlSql on a real PostgreSQL that changes, or is lost, while it is read.</summary>
public sealed class ImportSqlInterruptedTests : IDisposable
{
    private const int Rows = 40_000;

    private static int _count;

    private readonly ModuleSession _session = new();
    private readonly string _table = $"sql_interrupted_{Interlocked.Increment(ref _count)}";

    private string _errors = "";

    public void Dispose() => _session.Dispose();

    [Theory]
    [InlineData("v", "date", "date '2026-01-01' + i / 4000")]
    [InlineData("v", "bytea", "int4send(i / 4000)")]
    [InlineData("v", "text COLLATE sql_any_case", "CASE WHEN i % 2 = 0 THEN 'group ' ELSE 'GROUP ' END || to_char(i / 4000, '000')")]
    [InlineData("v, id", "int", "i / 4000")]
    public void Import_ConnectionLostAmongTies_ReadsEachRowOnce(string columns, string type, string value)
    {
        Make("DO 'BEGIN CREATE COLLATION sql_any_case (provider = icu, locale = ''und-u-ks-level2'', deterministic = false); EXCEPTION WHEN duplicate_object THEN NULL; END'");
        Make($"CREATE TABLE {_table}(id int PRIMARY KEY, v {type}, filler text); INSERT INTO {_table} SELECT i, {value}, repeat('x', 500) FROM generate_series(1, {Rows}) AS g(i)");
        int[] ids = [.. RunInterrupted($"Import-EtlSql @db -Table {_table} -WatermarkColumn {columns} -WarningAction SilentlyContinue", 1500, EndSessions).Select(id => (int)id.BaseObject)];
        Assert.Equal(Rows, ids.Length);
        Assert.Equal(Enumerable.Range(1, Rows), ids.Order());
    }

    [Fact]
    public void Import_ConnectionLostAmongTooManyTies_EndsTheRun()
    {
        Make($"CREATE TABLE {_table}(id int PRIMARY KEY, v int, filler text); INSERT INTO {_table} SELECT i, 1, repeat('x', 3000) FROM generate_series(1, {Rows}) AS g(i)");
        RunInterrupted($"Import-EtlSql @db -Table {_table} -WatermarkColumn v -WarningAction SilentlyContinue", 15_000, EndSessions);
        Assert.Contains("Add a unique column", _errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("DROP COLUMN a, ADD COLUMN a0 text DEFAULT 'NEW'", "column \"a\" does not exist")]
    [InlineData("ALTER COLUMN b TYPE bytea USING decode(md5(b), 'hex')", "'b' was changed")]
    public void Import_TableChangedWhileTheConnectionWasLost_EndsTheRun(string change, string says)
    {
        Make($"CREATE TABLE {_table}(id int PRIMARY KEY, a text, b text); INSERT INTO {_table} SELECT i, 'a' || i, repeat('b', 500) FROM generate_series(1, {Rows}) AS g(i)");
        RunInterrupted($"Import-EtlSql @db -Table {_table} -WatermarkColumn id -WarningAction SilentlyContinue", 1500, () =>
        {
            EndSessions();
            Make($"ALTER TABLE {_table} {change}");
        });
        Assert.Contains(says, _errors, StringComparison.Ordinal);
    }

    [Fact]
    public void Import_ColumnAddedWhileTheConnectionWasLost_IsNotRead()
    {
        Make($"CREATE TABLE {_table}(id int PRIMARY KEY, b text); INSERT INTO {_table} SELECT i, repeat('b', 500) FROM generate_series(1, {Rows}) AS g(i)");
        Assert.Equal(Enumerable.Range(1, Rows), RunInterrupted($"Import-EtlSql @db -Table {_table} -WatermarkColumn id -WarningAction SilentlyContinue", 1500, () =>
        {
            EndSessions();
            Make($"ALTER TABLE {_table} ADD COLUMN c int");
        }).Select(id => (int)id.BaseObject));
    }

    [Fact]
    public void Import_SnapshotWithNulls_IsOneMoment()
    {
        Make($"CREATE TABLE {_table}(id int PRIMARY KEY, at timestamp, filler text); INSERT INTO {_table} SELECT i, CASE WHEN i > {Rows} THEN '2026-01-01'::timestamp END, repeat('x', 500) FROM generate_series(1, {Rows + 100}) AS g(i)");
        int[] ids = [.. RunInterrupted(
            $"Import-EtlSql @db -Table {_table} -WatermarkColumn at, id -NullWatermark Include -Snapshot -BufferSize 50", 500,
            () => Make($"UPDATE {_table} SET at = NULL WHERE id = {Rows + 50}; UPDATE {_table} SET at = '2026-02-01' WHERE id = 1; INSERT INTO {_table} VALUES (0, '2026-03-01')")).Select(id => (int)id.BaseObject)];
        Assert.Equal(Enumerable.Range(1, Rows + 100), ids.Order());
    }

    /// <summary>The ids of a source's rows, where something happens at one of them.</summary>
    private PSObject[] RunInterrupted(string source, int at, Action meanwhile)
    {
        using PowerShell shell = _session.Shell($$"""
            param($meanwhile) $db = @{ ConnectionString = '{{PostgresFixture.Server.ConnectionString.Replace("'", "''", StringComparison.Ordinal)}}' }; $script:n = 0
            {{source}} | ForEach-Object { if (++$script:n -eq {{at}}) { $meanwhile.Invoke() }; $_.id }
            """).AddArgument(meanwhile);
        PSObject[] ids = [.. shell.Invoke()];
        _errors = string.Join('\n', shell.Streams.Error);
        return ids;
    }

    private void EndSessions() => Make($"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%{_table}%' AND pid <> pg_backend_pid()");

    private static void Make(string sql) => PostgresServer.Execute(PostgresFixture.Server.ConnectionString, sql);
}
