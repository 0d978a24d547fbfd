using System.Globalization;
using System.Management.Automation;
using System.Text.Json;
using EtlTools.Testing;
using Npgsql;
using Xunit;

namespace EtlTools.Cmdlets.Tests;

/// <summary>Import-EtlSql on SQLite and a real PostgreSQL.</summary>
public sealed class ImportSqlTests : IDisposable
{
    private static int _count;

    private readonly ModuleSession _session = new();
    private readonly string _table = $"sql_source_{Interlocked.Increment(ref _count)}";

    public void Dispose() => _session.Dispose();

    [Fact]
    public void Import_PostgresTypes_AreKept()
    {
        var output = Run(isPostgres: true, """
            $r = Import-EtlSql @db -Query @'
            SELECT 12.50::numeric(10,2) AS n, 5::bigint AS l, 1.5::float8 AS d, true AS b, 'x'::text AS t, NULL::text AS nothing, '\x00ff'::bytea AS bytes,
              '2026-11-02 09:12:00.123456+01'::timestamptz AS at, '2026-11-02 09:12:00'::timestamp AS local, '2026-11-02'::date AS day, '09:12'::time AS clock,
              '36:00:01'::interval AS span, '11111111-2222-3333-4444-555555555555'::uuid AS id, ARRAY[1,2]::int[] AS list, '{"a":[1,{"b":2}]}'::jsonb AS doc,
              '"text"'::json AS word, '10.0.0.1'::inet AS address, B'101' AS bits, int4range(1, 5) AS range
            '@
            foreach ($p in $r.psobject.Properties) { "$($p.Name)=$(if ($null -eq $p.Value) { 'null' } else { $p.Value.GetType().Name })" }
            "$($r.n) $($r.bytes -join ',') $($r.at.ToString('O')) $($r.span) $($r.list -join ',') $($r.doc.a[1].b) $($r.word) $($r.address) $($r.bits) $($r.range)"
            """).Select(line => line.ToString()).ToArray();
        Assert.Equal(
            "n=Decimal l=Int64 d=Double b=Boolean t=String nothing=null bytes=Byte[] at=DateTime local=DateTime day=DateTime clock=TimeSpan span=String id=Guid list=Object[] doc=PSCustomObject word=String address=IPAddress bits=String range=String".Split(' ').Select(part => part.Split('=')[0]),
            output[..^1].Select(part => part.Split('=')[0]));
        Assert.Contains("n=Decimal", output);
        Assert.Contains("at=DateTime", output);
        Assert.Contains("nothing=null", output);
        Assert.Contains("id=Guid", output);
        Assert.Contains("list=Object[]", output);
        Assert.Equal("12.50 0,255 2026-11-02T08:12:00.1234560Z 36:00:01 1,2 2 \"text\" 10.0.0.1 101 [1,5)", output[^1]);
    }

    [Theory]
    [InlineData("ARRAY[1,NULL,3]", "int", """[1,null,3]""")]
    [InlineData("ARRAY[[1,2],[3,NULL]]", "int", """[[1,2],[3,null]]""")]
    [InlineData("ARRAY['2026-11-02 09:12'::timestamp,NULL]", "timestamp", """["2026-11-02T09:12:00",null]""")]
    [InlineData("ARRAY[['a','b']]", "text", """[["a","b"]]""")]
    public void Import_PostgresArrays_OfNullsAndDimensions(string array, string element, string json)
    {
        Assert.Equal(json, Assert.Single(Run(isPostgres: true, $"Import-EtlSql @db -Query \"SELECT {array} AS list\" | ForEach-Object {{ ConvertTo-Json $_.list -Compress }}")).ToString());
        Make(isPostgres: true, $"CREATE TABLE {_table}(id INTEGER PRIMARY KEY, list {element}[])");
        Run(isPostgres: true, $"Import-EtlSql @db -Query \"SELECT 1 AS id, {array} AS list\" | Export-EtlSqlUpsert @db -Table {_table} -Key id");
        Assert.Equal("True", Assert.Single(Run(isPostgres: true, $"Import-EtlSql @db -Query \"SELECT list::text = ({array})::text AS same FROM {_table}\" | ForEach-Object same")).ToString());
    }

    [Theory]
    [InlineData("repeat('9', 200)::numeric")]
    [InlineData("'infinity'::timestamptz")]
    [InlineData("'-infinity'::date")]
    [InlineData("'NaN'::numeric")]
    public void Import_ValueThatDotnetCannotHold_FailsItsRowAlone(string value)
    {
        Outcome outcome = Try(isPostgres: true, $"Import-EtlSql @db -Query \"SELECT id, CASE WHEN id = 2 THEN {value} END AS v, 'name ' || id AS name FROM generate_series(1, 3) AS g(id)\" | ForEach-Object name");
        Assert.Equal(["name 1", "name 3"], outcome.Output.Select(name => name.ToString()));
        ErrorRecord error = Assert.Single(outcome.Errors);
        Assert.StartsWith("ConversionFailed,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains("query#2: 'v' has a value", error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Import_Incremental_ReadsEachRowOnce(bool isPostgres)
    {
        Make(isPostgres, $"CREATE TABLE {_table}(id INTEGER PRIMARY KEY, at TEXT)");
        for (int run = 0; run < 4; run++)
        {
            // The new rows share their time with the last ones of before.
            for (int i = 0; i < 3; i++)
                Make(isPostgres, $"INSERT INTO {_table} VALUES ({(run * 3) + i}, '2026-11-0{run + 1 + (i / 2)}')");
            Assert.Equal("3 3 True", Assert.Single(Run(isPostgres, Increment("at, id"))).ToString());
            Assert.Equal("0 0 True", Assert.Single(Run(isPostgres, Increment("at, id"))).ToString());
        }
        Assert.Equal(["12"], Table.Rows(_session.PathOf("to.db"), "SELECT count(*) FROM copied WHERE id > -1"));
        Outcome other = Try(isPostgres, $"Import-EtlSql @db -Table {_table} -WatermarkColumn id -ResumeFrom (Get-EtlWatermark copy -SqlitePath to.db)");
        Assert.StartsWith("WatermarkMismatch,", other.EndingError.FullyQualifiedErrorId, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false, 500)]
    [InlineData(true, 500)]
    [InlineData(false, 2)]
    [InlineData(true, 2)]
    public void Import_DrainedInTheMiddleOfTies_ReadsTheRestOfThem(bool isPostgres, int size)
    {
        const int Rows = 3000;
        Make(isPostgres, $"CREATE TABLE {_table}(id INTEGER PRIMARY KEY, at INTEGER)");
        Make(isPostgres, $"INSERT INTO {_table} WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {Rows}) SELECT i, i / {size} FROM n");
        string drained = $$"""
            $seen = 0
            $mark = Get-EtlWatermark copy -SqlitePath to.db -ErrorAction SilentlyContinue
            $r = Import-EtlSql @db -Table {{_table}} -WatermarkColumn at -ResumeFrom $mark -BufferSize 100 -WarningAction SilentlyContinue |
                ForEach-Object { if (++$seen -eq 1250) { Get-EtlRun | Where-Object State -EQ Running | Stop-EtlPipeline }; $_ } |
                Export-EtlSqlUpsert -SqlitePath to.db -Table copied -Key id -WatermarkName copy -DeadLetterPath d.jsonl -CreateTable
            "$($r.Drained)"
            """;
        int runs = 0;
        while (Assert.Single(Run(isPostgres, drained)).ToString() == "True")
            Assert.True(++runs < 20, "It comes to no end.");
        Assert.True(runs > 0);
        Assert.Equal([$"{Rows}"], Table.Rows(_session.PathOf("to.db"), "SELECT count(*) FROM copied"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Import_DrainedAndResumed_AppendsEachRowOnce(bool isPostgres)
    {
        const int Rows = 3000;
        Make(isPostgres, $"CREATE TABLE {_table}(id INTEGER PRIMARY KEY, at INTEGER)");
        Make(isPostgres, $"INSERT INTO {_table} WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {Rows}) SELECT i, i / 500 FROM n");
        string drained = $$"""
            $seen = 0
            $mark = Get-EtlWatermark copy -SqlitePath to.db -ErrorAction SilentlyContinue
            $r = Import-EtlSql @db -Table {{_table}} -WatermarkColumn at, id -ResumeFrom $mark -BufferSize 100 |
                ForEach-Object { if (++$seen -eq 700) { Get-EtlRun | Where-Object State -EQ Running | Stop-EtlPipeline }; $_ } |
                Export-EtlSqlUpsert -SqlitePath to.db -Table copied -Mode Append -WatermarkName copy -DeadLetterPath d.jsonl -CreateTable
            "$($r.Drained)"
            """;
        int runs = 0;
        while (Assert.Single(Run(isPostgres, drained)).ToString() == "True")
            Assert.True(++runs < 20, "It comes to no end.");
        Assert.True(runs > 0);
        Assert.Equal([$"{Rows}|{Rows}"], Table.Rows(_session.PathOf("to.db"), "SELECT count(*), count(DISTINCT id) FROM copied"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Import_TiesWithoutAUniqueColumn_AreToldAndNotSplit(bool isPostgres)
    {
        Make(isPostgres, $"CREATE TABLE {_table}(id INTEGER PRIMARY KEY, at TEXT)");
        Make(isPostgres, $"INSERT INTO {_table} VALUES (1, 'a'), (2, 'b'), (3, 'b'), (4, 'b'), (5, 'c')");
        Outcome outcome = Try(isPostgres, Increment("at", "-BatchSize 1"));
        Assert.Equal("5 5 True", Assert.Single(outcome.Output).ToString());
        Assert.Contains("Add a unique column", Assert.Single(outcome.Warnings), StringComparison.Ordinal);
        Assert.Equal("0 0 True", Assert.Single(Try(isPostgres, Increment("at")).Output).ToString());
    }

    [Theory]
    [InlineData(false, "BLOB", "x'01'", "x'01'", "x'02'", "x'02'")]
    [InlineData(false, "TEXT COLLATE NOCASE", "'a'", "'A'", "'B'", "'b'")]
    [InlineData(false, "", "1", "1.0", "2", "2.0")]
    [InlineData(true, "bytea", "'\\x01'", "'\\x01'", "'\\x02'", "'\\x02'")]
    public void Import_FirstRowsOnly_LeaveTheRestOfTiesToTheNextRun(bool isPostgres, string type, params string[] values)
    {
        Make(isPostgres, $"CREATE TABLE {_table}(id INTEGER PRIMARY KEY, v {type})");
        Make(isPostgres, $"INSERT INTO {_table} VALUES {string.Join(", ", values.Select((value, i) => $"({i + 1}, {value})"))}");
        string load = $$"""
            foreach ($n in 3, 100) {
                Import-EtlSql @db -Table {{_table}} -WatermarkColumn v -ResumeFrom (Get-EtlWatermark copy -SqlitePath to.db -ErrorAction SilentlyContinue) -WarningAction SilentlyContinue |
                    Select-Object -First $n | Export-EtlSqlUpsert -SqlitePath to.db -Table copied -Key id -CreateTable -WatermarkName copy -DeadLetterPath d.jsonl | Out-Null
            }
            """;
        Run(isPostgres, load);
        Assert.Equal(["4"], Table.Rows(_session.PathOf("to.db"), "SELECT count(*) FROM copied"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Import_LagOfTimesInTexts_ReadsEarlierAndLaterRows(bool isPostgres)
    {
        Make(isPostgres, $"CREATE TABLE {_table}(id INTEGER PRIMARY KEY, at TEXT)");
        Make(isPostgres, $"INSERT INTO {_table} VALUES (1, '2026-01-01 10:00:00'), (2, '2026-01-01 10:05:00')");
        Assert.Equal("2 2 True", Assert.Single(Run(isPostgres, Increment("at, id", import: "-WatermarkLag 00:10:00"))).ToString());
        Make(isPostgres, $"INSERT INTO {_table} VALUES (3, '2026-01-01 10:04:00'), (4, '2026-01-01 10:30:00')");
        Assert.Equal("4 4 True", Assert.Single(Run(isPostgres, Increment("at, id", import: "-WatermarkLag 00:10:00"))).ToString());
    }

    [Theory]
    [InlineData("-NullWatermark Exclude")]
    [InlineData("-NullWatermark Include -Until '2026-01-02'")]
    public void Import_PartOfTheTable_DeletesNothingThatIsMissing(string part)
    {
        Make(isPostgres: false, $"CREATE TABLE {_table}(id INTEGER PRIMARY KEY, at TEXT); INSERT INTO {_table} VALUES (1, '2026-01-01'), (2, NULL), (3, '2026-01-03')");
        Run(isPostgres: false, $"Import-EtlSql @db -Table {_table} | Export-EtlSqlUpsert -SqlitePath to.db -Table copied -Key id -CreateTable");
        Outcome outcome = Try(isPostgres: false, $"Import-EtlSql @db -Table {_table} -WatermarkColumn at, id {part} | Export-EtlSqlUpsert -SqlitePath to.db -Table copied -Key id -DeleteMissing -Confirm:$false");
        Assert.Contains(part.Split(' ')[^2], (outcome.Terminating?.ToString() ?? "") + string.Concat(outcome.Warnings) + string.Concat(outcome.Errors), StringComparison.Ordinal);
        Assert.Equal(["3"], Table.Rows(_session.PathOf("to.db"), "SELECT count(*) FROM copied"));
    }

    [Theory]
    [InlineData("Error", "3 2 False")]
    [InlineData("Include", "3 3 True")]
    [InlineData("Exclude", "2 2 True")]
    public void Import_NullInAWatermarkColumn_FollowsNullWatermark(string policy, string expected)
    {
        foreach (bool isPostgres in new[] { false, true })
        {
            Make(isPostgres, $"CREATE TABLE {_table}(id INTEGER PRIMARY KEY, at TEXT)");
            Make(isPostgres, $"INSERT INTO {_table} VALUES (1, 'a'), (2, NULL), (3, 'b')");
            Assert.Equal(expected, Assert.Single(Run(isPostgres, Increment("at, id", import: $"-NullWatermark {policy}"))).ToString());
            File.Delete(_session.PathOf("to.db"));
        }
    }

    [Fact]
    public void Import_LagAndUntil_BoundTheTime()
    {
        Make(isPostgres: true, $"CREATE TABLE {_table}(id INTEGER PRIMARY KEY, at timestamptz)");
        Make(isPostgres: true, $"INSERT INTO {_table} SELECT i, '2026-11-02 00:00Z'::timestamptz + i * interval '1 minute' FROM generate_series(1, 10) AS g(i)");
        Assert.Equal("4 4 True", Assert.Single(Run(isPostgres: true, Increment("at, id", import: "-Until '2026-11-02 00:05Z'"))).ToString());
        // A transaction that began earlier commits only now.
        Make(isPostgres: true, $"INSERT INTO {_table} VALUES (100, '2026-11-02 00:02:30Z')");
        Assert.Equal("10 10 True", Assert.Single(Run(isPostgres: true, Increment("at, id", import: "-WatermarkLag 00:02:00"))).ToString());
        Assert.Equal(["11"], Table.Rows(_session.PathOf("to.db"), "SELECT count(*) FROM copied WHERE id > -1"));
    }

    [Fact]
    public void Import_LongTransactionCommitsAnOlderTime_IsSeenWithALag()
    {
        Make(isPostgres: true, $"CREATE TABLE {_table}(id INTEGER PRIMARY KEY, at timestamptz)");
        using var connection = new NpgsqlConnection(PostgresFixture.Server.ConnectionString);
        connection.Open();
        using NpgsqlTransaction transaction = connection.BeginTransaction();
        using (var insert = new NpgsqlCommand($"INSERT INTO {_table} VALUES (1, now())", connection, transaction))
            insert.ExecuteNonQuery();
        // Younger, and committed first.
        Make(isPostgres: true, $"INSERT INTO {_table} VALUES (2, now() + interval '1 second')");
        Assert.Equal("1 1 True", Assert.Single(Run(isPostgres: true, Increment("at, id"))).ToString());
        transaction.Commit();
        Assert.Equal("0 0 True", Assert.Single(Run(isPostgres: true, Increment("at, id"))).ToString());
        Assert.Equal("2 2 True", Assert.Single(Run(isPostgres: true, Increment("at, id", import: "-WatermarkLag 00:01:00"))).ToString());
        Assert.Equal(["1", "2"], Table.Rows(_session.PathOf("to.db"), "SELECT id FROM copied WHERE id > -1 ORDER BY id"));
    }

    [Fact]
    public void Import_QueryTakesTooLong_IsNotTriedAgain()
    {
        Outcome outcome = Try(isPostgres: true, "Import-EtlSql @db -Query 'SELECT pg_sleep(600), 4713 AS marker' -CommandTimeoutSec 1");
        Assert.StartsWith("TargetUnavailable,", outcome.EndingError.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains("raise -CommandTimeoutSec", outcome.EndingError.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Import_ServerIsDown_TellsHowLongItTried()
    {
        Outcome outcome = _session.Try("Import-EtlSql -ConnectionString 'Host=127.0.0.1;Port=1;Username=u;Password=p' -Query 'SELECT 1' -OutageBudgetSec 2");
        Assert.StartsWith("TargetUnavailable,", outcome.EndingError.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Matches(@"retried for 2(\.\d)? s \(-OutageBudgetSec\)", outcome.EndingError.ToString());
        Assert.Contains(outcome.Warnings, warning => warning.Contains("It is retried for up to 2 s", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Import_QueryWithWatermark_GoesOnBehindItsValue(bool isPostgres)
    {
        Make(isPostgres, $"CREATE TABLE {_table}(id INTEGER PRIMARY KEY, name TEXT)");
        string load = $"""
            $mark = Get-EtlWatermark q -SqlitePath to.db -ErrorAction SilentlyContinue
            $r = Import-EtlSql @db -Query 'SELECT id, name FROM {_table} WHERE CAST(@watermark AS integer) IS NULL OR id > CAST(@watermark AS integer) ORDER BY id' -ResumeFrom $mark |
                Export-EtlSqlUpsert -SqlitePath to.db -Table copied -Key id -CreateTable -WatermarkName q -WatermarkColumn id -DeadLetterPath d.jsonl
            "$($r.Received) $($r.Succeeded)"
            """;
        _session.Run("[pscustomobject]@{ id = -1; name = '' } | Export-EtlSqlUpsert -SqlitePath to.db -Table copied -Key id -CreateTable");
        Make(isPostgres, $"INSERT INTO {_table} VALUES (1, 'a'), (2, 'b')");
        Assert.Equal("2 True", Assert.Single(Run(isPostgres, load)).ToString());
        Make(isPostgres, $"INSERT INTO {_table} VALUES (3, 'c')");
        Assert.Equal("1 True", Assert.Single(Run(isPostgres, load)).ToString());
        Assert.Equal("0 True", Assert.Single(Run(isPostgres, load)).ToString());
    }

    [Fact]
    public void Import_ConnectionLost_GoesOnBehindTheLastRow()
    {
        Make(isPostgres: true, $"CREATE TABLE {_table}(id INTEGER PRIMARY KEY, filler TEXT)");
        Make(isPostgres: true, $"INSERT INTO {_table} SELECT i, repeat('x', 200) FROM generate_series(1, 200000) AS g(i)");
        string kill = $"if (++$n -in 1000, 50000, 120000) {{ Import-EtlSql @db -Query \"SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE query LIKE '%{_table}%' AND pid <> pg_backend_pid()\" | Out-Null }}";
        Outcome keyed = Try(isPostgres: true, $"$script:n = 0; Import-EtlSql @db -Table {_table} -WatermarkColumn id | ForEach-Object {{ {kill.Replace("$n", "$script:n", StringComparison.Ordinal)}; $_.id }}");
        Assert.Null(keyed.Terminating);
        Assert.Equal(Enumerable.Range(1, 200_000), keyed.Output.Select(id => (int)id.BaseObject));
        Assert.NotEmpty(keyed.Warnings);
        Outcome plain = Try(isPostgres: true, $"$script:n = 0; Import-EtlSql @db -Query 'SELECT * FROM {_table}' | ForEach-Object {{ {kill.Replace("$n", "$script:n", StringComparison.Ordinal)}; $_.id }}");
        Assert.StartsWith("TargetUnavailable,", plain.EndingError.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains("no order", plain.EndingError.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Import_ServerRestarted_ReadsEachRowOnce()
    {
        using PostgresServer server = PostgresFixture.NewServer();
        PostgresServer.Execute(server.ConnectionString, "CREATE TABLE t(id INTEGER PRIMARY KEY, filler TEXT)", "INSERT INTO t SELECT i, repeat('x', 200) FROM generate_series(1, 200000) AS g(i)");
        using var reached = new ManualResetEventSlim();
        using var restarted = new ManualResetEventSlim();
        using PowerShell shell = _session.Shell($"param($reached, $restarted) $n = 0; Import-EtlSql -ConnectionString {Quoted(server.ConnectionString)} -Table t -WatermarkColumn id | ForEach-Object {{ if (++$n -eq 50000) {{ $reached.Set(); $restarted.Wait() }}; $_.id }}")
            .AddArgument(reached).AddArgument(restarted);
        var running = Task.Run(() => shell.Invoke());
        Assert.True(reached.Wait(TimeSpan.FromMinutes(1)));
        server.StopAtOnce();
        server.Start();
        restarted.Set();
        Assert.Equal(Enumerable.Range(1, 200_000), running.GetAwaiter().GetResult().Select(id => (int)id.BaseObject));
    }

    [Fact]
    public void Import_Stopped_CancelsOnTheServer()
    {
        using PowerShell shell = _session.Shell($"$db = @{{ ConnectionString = {Quoted(PostgresFixture.Server.ConnectionString)} }}; Import-EtlSql @db -Query 'SELECT pg_sleep(600), 4711 AS marker'");
        var running = Task.Run(() => shell.Invoke());
        const string Active = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep(600), 4711%'";
        Until(Active, 1);
        shell.Stop();
        Until(Active, 0);
        Assert.Empty(running.GetAwaiter().GetResult());
    }

    [Fact]
    public void Import_FirstRowsOnly_EndsTheQuery()
    {
        Assert.Equal(3, Run(isPostgres: true, "Import-EtlSql @db -Query 'SELECT generate_series(1, 100000000) AS i, 4712 AS marker' | Select-Object -First 3").Count);
        Until("SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT generate_series%4712 AS marker'", 0);
    }

    [Theory]
    [InlineData("-Query 'SELEC 1'", "StatementFailed", "syntax error")]
    [InlineData("-Query 'DELETE FROM etl_nothing'", "TableNotFound", "etl_nothing")]
    [InlineData("-Query 'CREATE TABLE etl_made(a int)'", "StatementFailed", "only reads")]
    [InlineData("-Query 'SELECT 1; SELECT 2'", "InvalidParameter", "several statements")]
    [InlineData("-Query '-- nothing'", "InvalidParameter", "is empty")]
    [InlineData("-Query 'SELECT 1 AS a, 2 AS A'", "DuplicateHeader", "two columns with the name 'a'")]
    [InlineData("-Query 'SELECT @x'", "InvalidParameter", "@x")]
    [InlineData("-Query 'SELECT 1' -Parameter @{ x = 1 }", "InvalidParameter", "'x'")]
    [InlineData("-Query 'SELECT 1' -ResumeFrom $mark", "InvalidParameter", "@watermark")]
    [InlineData("-Table etl_nothing", "TableNotFound", "etl_nothing")]
    [InlineData("-Table source_of_error", "TableNotFound", "Did you mean 'source_of_errors'?")]
    [InlineData("-Table source_of_errors -Column id, nme", "UnknownColumn", "Did you mean 'name'?")]
    [InlineData("-Table source_of_errors -Where 'nme IS NULL'", "UnknownColumn", "nme")]
    [InlineData("-Table source_of_errors -WatermarkColumn idd", "UnknownColumn", "Did you mean 'id'")]
    [InlineData("-Table source_of_errors -Column id -WatermarkColumn name", "UnknownColumn", "'name'")]
    [InlineData("-Table source_of_errors -WatermarkColumn id -WatermarkLag 00:01:00", "InvalidParameter", "-WatermarkLag needs a time")]
    [InlineData("-Table source_of_errors -ResumeFrom $mark", "InvalidParameter", "-WatermarkColumn")]
    [InlineData("-Table source_of_errors -Until 5", "InvalidParameter", "-Until is about")]
    [InlineData("-Table source_of_errors -WatermarkLag 00:01:00", "InvalidParameter", "-WatermarkLag is about")]
    [InlineData("-Table source_of_errors -NullWatermark Include", "InvalidParameter", "-NullWatermark is about")]
    [InlineData("-Query 'SELECT @x AS x' -Parameter @{ x = @{ a = 1 } }", "InvalidParameter", "'x' has a value of the type")]
    [InlineData("-Table source_of_errors -WatermarkColumn id -Until ([datetime]'2026-01-01')", "InvalidParameter", "-Until is no number")]
    [InlineData("-Table source_of_errors -Column id, id", "DuplicateHeader", "-Column names the column 'id' twice")]
    [InlineData("-Table source_of_errors -Where 'id > 1; DELETE FROM source_of_errors'", "InvalidParameter", "-Where")]
    public void Import_CallThatCannotWork_SaysWhatToChange(string call, string id, string says)
    {
        _session.Write("a.csv", "id\n1\n");
        _session.Run("Import-EtlCsv a.csv | Export-EtlSqlUpsert -SqlitePath to.db -Table x -Key id -CreateTable -WatermarkName m -DeadLetterPath d.jsonl");
        foreach (bool isPostgres in new[] { false, true })
        {
            Make(isPostgres, "CREATE TABLE IF NOT EXISTS source_of_errors(id INTEGER PRIMARY KEY, name TEXT)");
            Outcome outcome = Try(isPostgres, $"$mark = Get-EtlWatermark m -SqlitePath to.db; Import-EtlSql @db {call}");
            Assert.Empty(outcome.Output);
            Assert.StartsWith($"{id},", outcome.EndingError.FullyQualifiedErrorId, StringComparison.Ordinal);
            Assert.Contains(says, outcome.EndingError.ToString(), StringComparison.OrdinalIgnoreCase);
        }
    }

    [Theory]
    [InlineData("-Query 'SELECT $1 AS x'", "InvalidParameter", "has the parameter $1")]
    [InlineData("-Query 'COPY (SELECT 1) TO STDOUT'", "InvalidParameter", "returns no rows")]
    [InlineData("-Query 'SELECT 1 WHERE @p IS NULL OR now() > @p' -Parameter @{ p = $null }", "StatementFailed", "the type of a parameter is not clear")]
    [InlineData("-Query 'SELECT 1 WHERE now() > @p' -Parameter @{ p = 'yesterdy' }", "StatementFailed", "is no time")]
    [InlineData("-Query 'SELECT 10 / (5 - i) FROM generate_series(1, 10) AS g(i)'", "StatementFailed", "divides by zero")]
    [InlineData("-Query 'SELECT 1 WHERE 1 = ANY(@p)' -Parameter @{ p = 1, 'a' }", "InvalidParameter", "several types")]
    [InlineData("-Table pg_class -Column ID", "UnknownColumn", "column \"ID\" does not exist")]
    public void Import_PostgresCallThatCannotWork_SaysWhatToChange(string call, string id, string says)
    {
        Outcome outcome = Try(isPostgres: true, $"Import-EtlSql @db {call}");
        Assert.StartsWith($"{id},", outcome.EndingError.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains(says, outcome.EndingError.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("batch", outcome.EndingError.ToString(), StringComparison.Ordinal);
        // A column's name is not looked for among the tables.
        Assert.DoesNotContain("Did you mean 'pg_", outcome.EndingError.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("SELECT 1 AS x WHERE 60 * 1.0 > @p", "[decimal]50", false)]
    [InlineData("SELECT 1 AS x WHERE abs(0.3 - @p) < 0.001", "[decimal]0.3", false)]
    [InlineData("SELECT 1 AS x WHERE '2026-01-01 10:00:00' = @p", "[datetimeoffset]'2026-01-01T13:00:00+03:00'", false)]
    [InlineData("SELECT 1 AS x WHERE '2026-01-01 10:00:00' = @p", "([datetime]'2026-01-01T10:00:00Z').ToLocalTime()", false)]
    [InlineData("SELECT 1 AS x WHERE 5 = @p", "[uint]5", false)]
    [InlineData("SELECT 1 AS x WHERE 5 = @p", "[ulong]5", true)]
    [InlineData("SELECT 1 AS x WHERE 5 = @p", "[ushort]5", true)]
    [InlineData("SELECT 1 AS x WHERE 'Friday' = @p", "[dayofweek]'Friday'", true)]
    [InlineData("SELECT 1 AS x WHERE '1.2' = @p", "[version]'1.2'", true)]
    [InlineData("SELECT 1 AS x WHERE 2 = ANY(@p)", "1, 2", true)]
    [InlineData("SELECT 1 AS x WHERE 2 = ANY(@p)", "1, $null, [long]2", true)]
    [InlineData("SELECT 1 AS x WHERE 'b' = ANY(@p)", "'a', 'b'", true)]
    [InlineData("SELECT 1 AS x WHERE NOT 2 = ANY(@p)", "@()", true)]
    public void Import_Parameter_IsTheValueThatWasGiven(string query, string value, bool isPostgres)
    {
        Make(isPostgres, $"CREATE TABLE {_table}(id INTEGER)");
        Assert.Equal("1", Assert.Single(Run(isPostgres, $"Import-EtlSql @db -Query \"{query}\" -Parameter @{{ p = {value} }} | ForEach-Object x")).ToString());
    }

    [Fact]
    public void Import_ListAsParameterOfSqlite_IsRefused() =>
        Assert.Contains("only PostgreSQL takes", Try(isPostgres: false, "Import-EtlSql @db -Query 'SELECT @p AS x' -Parameter @{ p = 1, 2 }").EndingError.ToString(), StringComparison.Ordinal);

    [Theory]
    [InlineData("-WatermarkColumn id", "@watermark IS NULL")]
    [InlineData("-WatermarkColumn id -Until 5", "@watermark IS NULL")]
    [InlineData("-NullWatermark Include", "@watermark IS NULL")]
    [InlineData("-Column id", "Write it into the query.")]
    [InlineData("-Where 'id > 1'", "Write it into the query.")]
    public void Import_ParameterOfTablesWithAQuery_SaysWhatToWriteInstead(string parameters, string instead)
    {
        ErrorRecord error = Try(isPostgres: false, $"Import-EtlSql @db -Query 'SELECT 1 AS id' {parameters}").EndingError;
        Assert.StartsWith("InvalidParameter,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.StartsWith($"{parameters.Split(' ')[0]} goes with -Table, not with -Query.", error.Exception.Message, StringComparison.Ordinal);
        Assert.Contains(instead, error.Exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Import_UntilAnInstant_IsUtcWhateverTheSessionsZone()
    {
        Make(isPostgres: true, $"CREATE TABLE {_table}(id INTEGER PRIMARY KEY, at timestamp); INSERT INTO {_table} VALUES (1, '2026-01-01 10:00'), (2, '2026-01-01 12:00')");
        Assert.Equal("1", Assert.Single(Run(isPostgres: true, $$"""
            $db.ConnectionString += ";Options=-c timezone=America/New_York"
            Import-EtlSql @db -Table {{_table}} -WatermarkColumn at -Until ([datetimeoffset]'2026-01-01T11:00:00Z') | ForEach-Object id
            """)).ToString());
    }

    [Fact]
    public void Import_UntilAnInstantStoppedAtALock_CancelsOnTheServer()
    {
        Make(isPostgres: true, $"CREATE TABLE {_table}(id INTEGER PRIMARY KEY, at timestamp)");
        using var connection = new NpgsqlConnection(PostgresFixture.Server.ConnectionString);
        connection.Open();
        using NpgsqlTransaction transaction = connection.BeginTransaction();
        using var locking = new NpgsqlCommand($"LOCK TABLE {_table}", connection, transaction);
        locking.ExecuteNonQuery();
        using PowerShell shell = _session.Shell(
            $"{Database(isPostgres: true)} Import-EtlSql @db -Table {_table} -Where 'at < @end' -Parameter @{{ end = [datetimeoffset]'2026-01-01T11:00:00Z' }}");
        var running = Task.Run(() => shell.Invoke());
        string waiting = $"SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = (SELECT oid FROM pg_class WHERE relname = '{_table}')";
        Until(waiting, 1);
        shell.Stop();
        Until(waiting, 0);
        Assert.Empty(running.GetAwaiter().GetResult());
    }

    [Fact]
    public void Import_OtherParameterOfWhere_IsAnotherSource()
    {
        Make(isPostgres: false, $"CREATE TABLE {_table}(id INTEGER PRIMARY KEY, at TEXT); INSERT INTO {_table} VALUES (1, 'a'), (2, 'a')");
        const string Where = "-Where 'id % 2 = @t' -Parameter @{ t = 1 }";
        Assert.Equal("1 1 True", Assert.Single(Run(isPostgres: false, Increment("at, id", import: Where))).ToString());
        Assert.Equal("0 0 True", Assert.Single(Run(isPostgres: false, Increment("at, id", import: Where))).ToString());
        Outcome other = Try(isPostgres: false, Increment("at, id", import: Where.Replace("= 1", "= 0", StringComparison.Ordinal)));
        Assert.StartsWith("WatermarkMismatch,", other.EndingError.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains("-Parameter", other.EndingError.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Import_LetterOfAnUnreadValue_IsNotLoadedAsNull()
    {
        string copy = $"{_table}_copy";
        Make(isPostgres: true, $"CREATE TABLE {_table}(id int PRIMARY KEY, n numeric, d date); INSERT INTO {_table} VALUES (1, 1, '2026-01-01'), (2, 'NaN', 'infinity'); CREATE TABLE {copy}(LIKE {_table} INCLUDING ALL)");
        Run(isPostgres: true, $"Import-EtlSql @db -Table {_table} | Export-EtlSqlUpsert @db -Table {copy} -Key id -DeadLetterPath d.jsonl");
        Assert.Contains("\"unread\":[\"n\",\"d\"]", File.ReadAllText(_session.PathOf("d.jsonl")), StringComparison.Ordinal);
        Outcome replay = Try(isPostgres: true, $"Import-EtlDeadLetter d.jsonl | Export-EtlSqlUpsert @db -Table {copy} -Key id | ForEach-Object {{ \"$($_.Loaded)\" }}");
        Assert.Equal("0", Assert.Single(replay.Output).ToString());
        Assert.Contains("could not be read from the source", Assert.Single(replay.Errors).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Import_SqliteTextThatIsNotUtf8_FailsItsRowAlone()
    {
        Make(isPostgres: false, $"CREATE TABLE {_table}(k TEXT, v INTEGER); INSERT INTO {_table} VALUES (CAST(x'61e9' AS TEXT), 1), (char(65533), 2), ('a', 3)");
        Outcome outcome = Try(isPostgres: false, $"Import-EtlSql @db -Table {_table} | ForEach-Object v");
        Assert.Equal(["2", "3"], outcome.Output.Select(value => value.ToString()));
        Assert.Contains("'k' has a text that is not UTF-8", Assert.Single(outcome.Errors).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Import_PostgresBitsTimesAndZeros_AreCopiedWhole()
    {
        string copy = $"{_table}_copy";
        const string columns = "id int PRIMARY KEY, f bit(1), fs bit(1)[], t timetz, z float8, y float4";
        Make(isPostgres: true, $"CREATE TABLE {_table}({columns}); CREATE TABLE {copy}({columns})");
        Make(isPostgres: true, $"INSERT INTO {_table} VALUES (1, '1', '{{1,0}}', '24:00:00+00', '-0', '-0'), (2, '0', NULL, '09:30:00+02', 0, 0)");
        Run(isPostgres: true, $"Import-EtlSql @db -Table {_table} | Export-EtlSqlUpsert @db -Table {copy} -Key id");
        Until($"SELECT count(*) FROM (SELECT t::text FROM {_table} AS t INTERSECT SELECT t::text FROM {copy} AS t) AS same", 2);
    }

    [Fact]
    public void Import_PostgresIntervals_KeepMonthsAndDays()
    {
        string copy = $"{_table}_copy";
        string[] intervals = ["1 mon 2 days 03:00:00", "1 day", "24:00:00", "-1 years -2 mons +3 days -04:05:06.789", "178000000 years", "00:00:00.000001"];
        Make(isPostgres: true, $"CREATE TABLE {_table}(id int PRIMARY KEY, span interval, spans interval[]); CREATE TABLE {copy}(LIKE {_table} INCLUDING ALL)");
        Make(isPostgres: true, $"INSERT INTO {_table} VALUES {string.Join(", ", intervals.Select((interval, i) => $"({i}, '{interval}', ARRAY['{interval}'::interval, NULL])"))}");
        Run(isPostgres: true, $"Import-EtlSql @db -Table {_table} | Export-EtlSqlUpsert @db -Table {copy} -Key id");
        Until($"SELECT count(*) FROM (SELECT t::text FROM {_table} AS t INTERSECT SELECT t::text FROM {copy} AS t) AS same", intervals.Length);
        Run(isPostgres: true, $"Import-EtlSql @db -Table {_table} -Column id, span | Export-EtlSqlUpsert -SqlitePath to.db -Table copied -Key id -CreateTable");
        Assert.Equal(intervals, Table.Rows(_session.PathOf("to.db"), "SELECT span FROM copied ORDER BY id"));
    }

    [Fact]
    public void Import_PostgresText_HasAllDigitsWhateverTheUsersSettings() => Assert.Equal("(1.1,0.30000000000000004) (0.1)", Assert.Single(Run(isPostgres: true, """
        $db.ConnectionString += ";Options=-c extra_float_digits=-6 -c intervalstyle=iso_8601"
        Import-EtlSql @db -Query 'SELECT point(1.1, 0.30000000000000004) AS p, ROW(0.1::float8) AS r' | ForEach-Object { "$($_.p) $($_.r)" }
        """)).ToString());

    [Fact]
    public void Import_PostgresListsToSqlite_AreJson()
    {
        Run(isPostgres: true, $"Import-EtlSql @db -Query \"SELECT 1 AS id, ARRAY[1,2] AS list, ARRAY['a\"\"b',NULL] AS names\" | Export-EtlSqlUpsert -SqlitePath to.db -Table copied -Key id -CreateTable");
        Assert.Equal(["[1,2]", "[\"a\\\"b\",null]"], Table.Rows(_session.PathOf("to.db"), "SELECT list FROM copied UNION ALL SELECT names FROM copied"));
    }

    [Fact]
    public void Import_MoneyAsWatermarkColumn_GoesOn()
    {
        Make(isPostgres: true, $"CREATE TABLE {_table}(id INTEGER PRIMARY KEY, at money); INSERT INTO {_table} VALUES (1, '1.50')");
        Assert.Equal("1 1 True", Assert.Single(Run(isPostgres: true, Increment("at, id"))).ToString());
        Make(isPostgres: true, $"INSERT INTO {_table} VALUES (2, '2.50')");
        Assert.Equal("1 1 True", Assert.Single(Run(isPostgres: true, Increment("at, id"))).ToString());
    }

    [Fact]
    public void Import_WatermarkColumnWithoutAnOrder_IsRefused()
    {
        Make(isPostgres: true, $"CREATE TABLE {_table}(id int, doc jsonb, list int[])");
        foreach (string column in new[] { "list" })
        {
            Outcome outcome = Try(isPostgres: true, $"Import-EtlSql @db -Table {_table} -WatermarkColumn {column}");
            Assert.Contains("cannot be ordered", outcome.EndingError.ToString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Import_PostgresJson_IsCopiedWhole()
    {
        string copy = $"{_table}_copy";
        Make(isPostgres: true, $"CREATE TABLE {_table}(id int PRIMARY KEY, j json, b jsonb); CREATE TABLE {copy}(LIKE {_table} INCLUDING ALL)");
        string[] documents = ["\"123\"", "\"true\"", "\"null\"", "\"{\\\"a\\\":1}\"", "\"00123\"", "\"abc\"", "\"1e5\"", "123", "true", "null", "{\"a\": [1]}", "[\"1\"]"];
        Make(isPostgres: true, $"INSERT INTO {_table} VALUES {string.Join(", ", documents.Select((document, i) => $"({i}, '{document}', '{document}')"))}");
        Assert.Equal("True", Assert.Single(Run(isPostgres: true, $"Import-EtlSql @db -Table {_table} | Export-EtlSqlUpsert @db -Table {copy} -Key id | ForEach-Object Succeeded")).ToString());
        Until($"SELECT count(*) FROM (SELECT t::text FROM {_table} AS t INTERSECT SELECT t::text FROM {copy} AS t) AS same", documents.Length);
    }

    [Theory]
    [InlineData("at > @s", "[datetime]'2026-01-01T11:00:00Z'", "2")]
    [InlineData("at > @s", "[datetimeoffset]'2026-01-01T13:00:00+02:00'", "2")]
    [InlineData("zoned > @s", "[datetimeoffset]'2026-01-01T13:00:00+02:00'", "2")]
    [InlineData("zoned > @s - interval '1 day' AND id = 2", "[datetimeoffset]'2026-01-01T13:00:00+02:00'", "2")]
    [InlineData("at > CAST(@s AS timestamp)", "[datetime]'2026-01-01T11:00:00Z'", "2")]
    public void Import_InstantAsParameter_IsUtcWhateverTheSessionsZone(string where, string value, string id)
    {
        Make(isPostgres: true, $"CREATE TABLE {_table}(id int PRIMARY KEY, at timestamp, zoned timestamptz); INSERT INTO {_table} VALUES (1, '2026-01-01 10:00', '2026-01-01 10:00Z'), (2, '2026-01-01 12:00', '2026-01-01 12:00Z')");
        Assert.Equal(id, Assert.Single(Run(isPostgres: true, $$"""
            $db.ConnectionString += ";Options=-c timezone=America/New_York"
            Import-EtlSql @db -Table {{_table}} -Where "{{where}}" -Parameter @{ s = {{value}} } | ForEach-Object id
            """)).ToString());
    }

    [Fact]
    public void Import_SeveralTablesUnderOneName_EachGoesOnAfterItsOwnWatermark()
    {
        string other = $"{_table}_b";
        Make(isPostgres: false, $"CREATE TABLE {_table}(id INTEGER PRIMARY KEY); CREATE TABLE {other}(id INTEGER PRIMARY KEY); INSERT INTO {_table} VALUES (1), (2), (3); INSERT INTO {other} VALUES (1), (101)");
        string load = $$"""
            $r = & {
                foreach ($t in '{{_table}}', '{{other}}') { Import-EtlSql @db -Table $t -WatermarkColumn id -ResumeFrom (Get-EtlWatermark two -SqlitePath to.db -ErrorAction SilentlyContinue) }
            } | Export-EtlSqlUpsert -SqlitePath to.db -Table copied -Key id -CreateTable -WatermarkName two -DeadLetterPath d.jsonl -BatchSize 1
            "$($r.Received) $($r.Succeeded)"
            """;
        Assert.Equal("5 True", Assert.Single(Run(isPostgres: false, load)).ToString());
        Make(isPostgres: false, $"INSERT INTO {other} VALUES (2), (102)");
        Assert.Equal("1 True", Assert.Single(Run(isPostgres: false, load)).ToString());
        Make(isPostgres: false, $"INSERT INTO {_table} VALUES (4)");
        Assert.Equal("1 True", Assert.Single(Run(isPostgres: false, load)).ToString());
    }

    [Fact]
    public void Import_WatermarkOfAnotherQuery_IsRefused()
    {
        _session.Run("[pscustomobject]@{ id = 1 } | Export-EtlSqlUpsert -SqlitePath from.db -Table a -Key id -CreateTable");
        string load = """
            $mark = Get-EtlWatermark q -SqlitePath to.db -ErrorAction SilentlyContinue
            Import-EtlSql @db -Query 'SELECT id FROM a WHERE id > @watermark OR @watermark IS NULL' -ResumeFrom $mark |
                Export-EtlSqlUpsert -SqlitePath to.db -Table copied -Key id -CreateTable -WatermarkName q -WatermarkColumn id -DeadLetterPath d.jsonl | ForEach-Object Received
            """;
        Assert.Equal("1", Assert.Single(Run(isPostgres: false, load)).ToString());
        Outcome other = Try(isPostgres: false, load.Replace("SELECT id", "SELECT id + 0 AS id", StringComparison.Ordinal));
        Assert.StartsWith("WatermarkMismatch,", other.EndingError.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains("-Query", other.EndingError.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Import_QueryOfALoadThatWasEmptyBefore_IsReadFromTheBeginningOnRequest()
    {
        Make(isPostgres: false, "CREATE TABLE a(id INTEGER PRIMARY KEY); CREATE TABLE b(id INTEGER PRIMARY KEY); INSERT INTO b VALUES (1), (2)");
        const string Load = """
            $mark = Get-EtlWatermark two -SqlitePath to.db -ErrorAction SilentlyContinue
            & { 'a', 'b' | ForEach-Object { Import-EtlSql @db -Query "SELECT id FROM $_ WHERE id > @watermark OR @watermark IS NULL" -ResumeFrom ($_ -in $new ? $null : $mark) } } |
                Export-EtlSqlUpsert -SqlitePath to.db -Table copied -Key id -CreateTable -WatermarkName two -WatermarkColumn id -DeadLetterPath d.jsonl | ForEach-Object Received
            """;
        Assert.Equal("2", Assert.Single(Run(isPostgres: false, Load)).ToString());
        Make(isPostgres: false, "INSERT INTO a VALUES (11), (12), (13); INSERT INTO b VALUES (3)");
        ErrorRecord refused = Try(isPostgres: false, Load).EndingError;
        Assert.StartsWith("WatermarkMismatch,", refused.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains("this one had no row until now, use -ResumeFrom $null", refused.ToString(), StringComparison.Ordinal);
        // The refused source ended alone, and the row of the other one was loaded.
        Assert.Equal("3", Assert.Single(Run(isPostgres: false, "$new = 'a'; " + Load)).ToString());
        Make(isPostgres: false, "INSERT INTO a VALUES (14)");
        Assert.Equal("1", Assert.Single(Run(isPostgres: false, "$new = ''; " + Load)).ToString());
    }

    [Fact]
    public void Import_TableOfALoadThatWasEmptyBefore_IsReadFromTheBeginning()
    {
        Make(isPostgres: false, "CREATE TABLE a(id INTEGER PRIMARY KEY); CREATE TABLE b(id INTEGER PRIMARY KEY); INSERT INTO b VALUES (1), (2)");
        const string Load = """
            $mark = Get-EtlWatermark two -SqlitePath to.db -ErrorAction SilentlyContinue
            & { Import-EtlSql @db -Table a -WatermarkColumn id -ResumeFrom $mark; Import-EtlSql @db -Table b -WatermarkColumn id -ResumeFrom $mark } |
                Export-EtlSqlUpsert -SqlitePath to.db -Table copied -Key id -CreateTable -WatermarkName two -DeadLetterPath d.jsonl | ForEach-Object Received
            """;
        Assert.Equal("2", Assert.Single(Run(isPostgres: false, Load)).ToString());
        Make(isPostgres: false, "INSERT INTO a VALUES (11), (12), (13); INSERT INTO b VALUES (3)");
        Outcome filled = Try(isPostgres: false, Load);
        Assert.Equal("4", Assert.Single(filled.Output).ToString());
        Assert.Contains("so it is read from the beginning. The watermark 'two' belongs to", Assert.Single(filled.Warnings), StringComparison.Ordinal);
        Make(isPostgres: false, "INSERT INTO a VALUES (14); INSERT INTO b VALUES (4)");
        Outcome later = Try(isPostgres: false, Load);
        Assert.Equal("2", Assert.Single(later.Output).ToString());
        Assert.Empty(later.Warnings);
        Outcome other = Try(isPostgres: false, Load.Replace("-Table a", "-Table a -Where 'id > 0'", StringComparison.Ordinal));
        Assert.StartsWith("WatermarkMismatch,", other.EndingError.FullyQualifiedErrorId, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Search Path=")]
    [InlineData("Options=-c search_path=")]
    public void Import_OtherSearchPath_IsAnotherSource(string setting)
    {
        Make(isPostgres: true, $"CREATE SCHEMA {_table}_a; CREATE SCHEMA {_table}_b; CREATE TABLE {_table}_a.t(id int, at int); CREATE TABLE {_table}_b.t(id int, at int); INSERT INTO {_table}_a.t VALUES (5, 5); INSERT INTO {_table}_b.t VALUES (1, 1)");
        string load = $$"""
            $db.ConnectionString += ";{{setting}}{{_table}}_X"
            Import-EtlSql @db -Table t -WatermarkColumn id -ResumeFrom (Get-EtlWatermark s -SqlitePath to.db -ErrorAction SilentlyContinue) |
                Export-EtlSqlUpsert -SqlitePath to.db -Table copied -Key id -CreateTable -WatermarkName s -DeadLetterPath d.jsonl | ForEach-Object Received
            """;
        Assert.Equal("1", Assert.Single(Run(isPostgres: true, load.Replace("_X", "_a", StringComparison.Ordinal))).ToString());
        Outcome other = Try(isPostgres: true, load.Replace("_X", "_b", StringComparison.Ordinal));
        Assert.StartsWith("WatermarkMismatch,", other.EndingError.FullyQualifiedErrorId, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, "float8", "'NaN'", "WatermarkIsNull")]
    [InlineData(true, "float4", "'Infinity'", "WatermarkIsNull")]
    [InlineData(true, "numeric(8, 2)", "'NaN'", "ConversionFailed")]
    [InlineData(true, "timestamptz", "'infinity'", "ConversionFailed", "'2026-01-01'", "'2026-01-02'", "'2026-01-03'")]
    [InlineData(false, "REAL", "9e999", "WatermarkIsNull")]
    public void Import_EndlessValueInAWatermarkColumn_HidesNoLaterRow(bool isPostgres, string type, string endless, string code, string first = "1", string second = "2", string third = "3")
    {
        Make(isPostgres, $"CREATE TABLE {_table}(v {type}, id INTEGER PRIMARY KEY)");
        Make(isPostgres, $"INSERT INTO {_table} VALUES ({first}, 1), ({endless}, 2), ({second}, 3)");
        Assert.Equal("3 2 False", Assert.Single(Run(isPostgres, Increment("v, id", export: "-ExtraColumn Ignore"))).ToString());
        Make(isPostgres, $"INSERT INTO {_table} VALUES ({third}, 4), ({endless}, 5)");
        Assert.Equal("3 1 False", Assert.Single(Run(isPostgres, Increment("v, id", export: "-ExtraColumn Ignore"))).ToString());
        Assert.Equal([code, code], File.ReadLines(_session.PathOf("d.jsonl")).Select(letter => JsonDocument.Parse(letter).RootElement.GetProperty("code").GetString()));
    }

    [Fact]
    public void Import_NullsInAWatermarkColumn_HaveTheSameLettersInEveryRun()
    {
        Make(isPostgres: false, $"CREATE TABLE {_table}(id INTEGER PRIMARY KEY, at TEXT); INSERT INTO {_table} VALUES (1, NULL), (2, NULL), (3, 'a')");
        for (int run = 1; run <= 3; run++)
        {
            Run(isPostgres: false, Increment("at"));
            Assert.Equal(2, File.ReadAllLines(_session.PathOf("d.jsonl")).Length);
            Make(isPostgres: false, $"INSERT INTO {_table} VALUES ({10 + run}, 'b{run}')");
        }
        Assert.Equal(["3"], Table.Rows(_session.PathOf("to.db"), "SELECT row_number FROM etl_watermark WHERE source_id <> ''"));
        Make(isPostgres: false, $"DELETE FROM {_table} WHERE id = 1; INSERT INTO {_table} VALUES (0, NULL)");
        Run(isPostgres: false, Increment("at"));
        Assert.Equal(3, File.ReadAllLines(_session.PathOf("d.jsonl")).Length);
    }

    [Fact]
    public void Import_IntoTheSqliteFileThatIsRead_SaysWhatLocksIt()
    {
        Make(isPostgres: false, $"PRAGMA journal_mode = DELETE; CREATE TABLE {_table}(id INTEGER PRIMARY KEY, filler TEXT); CREATE TABLE copy(id INTEGER PRIMARY KEY, filler TEXT)");
        Make(isPostgres: false, $"INSERT INTO {_table} WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60000) SELECT i, 'x' FROM n");
        string load = $"Import-EtlSql @db -Table {_table} -BufferSize 1000 | Export-EtlSqlUpsert @db -Table copy -Key id -OutageBudgetSec 2";
        Outcome outcome = Try(isPostgres: false, load);
        Assert.Contains("Import-EtlSql in this pipeline reads that database", outcome.EndingError.ToString(), StringComparison.Ordinal);
        Assert.Equal("60000", Assert.Single(Run(isPostgres: false, $"{load} -JournalMode Wal | ForEach-Object Loaded")).ToString());
    }

    [Fact]
    public void Import_ColumnAddedToTheTableThatIsRead_SaysWhatLocksIt()
    {
        Make(isPostgres: true, $"CREATE TABLE {_table}(id int PRIMARY KEY, filler text); INSERT INTO {_table} SELECT i, repeat('x', 200) FROM generate_series(1, 60000) AS g(i)");
        Outcome outcome = Try(isPostgres: true, $"Import-EtlSql @db -Table {_table} | Select-Object *, @{{ n = 'extra'; e = {{ 1 }} }} | Export-EtlSqlUpsert @db -Table {_table} -Key id -ExtraColumn Add -OutageBudgetSec 2");
        Assert.Contains("Import-EtlSql in this pipeline reads that database", outcome.EndingError.ToString(), StringComparison.Ordinal);
        Assert.Contains("add the columns to the table before the load", outcome.EndingError.ToString(), StringComparison.Ordinal);
    }

    /// <summary>A load of what is new, which says how many rows came and were loaded.</summary>
    private string Increment(string columns, string export = "", string import = "") => $$"""
        if (-not (Test-Path to.db)) { [pscustomobject]@{ id = -1; at = '' } | Export-EtlSqlUpsert -SqlitePath to.db -Table copied -Key id -CreateTable | Out-Null }
        $mark = Get-EtlWatermark copy -SqlitePath to.db -ErrorAction SilentlyContinue
        $r = Import-EtlSql @db -Table {{_table}} -WatermarkColumn {{columns}} -ResumeFrom $mark {{import}} |
            Export-EtlSqlUpsert -SqlitePath to.db -Table copied -Key id -WatermarkName copy -DeadLetterPath d.jsonl {{export}}
        "$($r.Received) $($r.Loaded) $($r.Succeeded)"
        """;

    private System.Collections.ObjectModel.Collection<PSObject> Run(bool isPostgres, string script) => _session.Run(Database(isPostgres) + script);

    private Outcome Try(bool isPostgres, string script) => _session.Try(Database(isPostgres) + script);

    private string Database(bool isPostgres) => isPostgres
        ? $"$db = @{{ ConnectionString = {Quoted(PostgresFixture.Server.ConnectionString)} }}; "
        : $"$db = @{{ SqlitePath = {Quoted(_session.PathOf("from.db"))} }}; ";

    private void Make(bool isPostgres, string sql)
    {
        if (isPostgres)
            PostgresServer.Execute(PostgresFixture.Server.ConnectionString, sql);
        else
            _ = Table.Rows(new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={_session.PathOf("from.db")};Pooling=False"), sql);
    }

    private static void Until(string count, long expected)
    {
        using var connection = new NpgsqlConnection(PostgresFixture.Server.ConnectionString);
        connection.Open();
        using var command = new NpgsqlCommand(count, connection);
        for (int i = 0; (long)command.ExecuteScalar()! != expected; i++)
        {
            Assert.True(i < 3000, $"It did not come to {expected.ToString(CultureInfo.InvariantCulture)}: {count}");
            Thread.Sleep(20);
        }
    }

    private static string Quoted(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    [Fact]
    public void Import_PostgresTypesThatDotNetLacks_AreTheServersText_AndCopiedWhole()
    {
        string copy = $"{_table}_copy";
        const string columns = "id int PRIMARY KEY, i inet, c cidr, d daterange, t tsrange, z tstzrange, m int4multirange, a int4range[], p point, v tsvector, r regclass, l pg_lsn";
        Make(isPostgres: true, $"CREATE TABLE {_table}({columns}); CREATE TABLE {copy}({columns})");
        Make(isPostgres: true, $$"""
            INSERT INTO {{_table}} VALUES (1, '10.0.0.1/24', '10.0.0.0/8', '[2026-02-03,2026-05-04)', '[2026-02-03 10:00:00.123456,infinity)', '[2026-07-03 10:00:00+00,2026-07-03 11:00:00+00)',
                '{[1,3),[5,7)}', ARRAY['[1,2)'::int4range], '(1.5,2)', 'a b', 'pg_class', '0/16B3748')
            """);
        // A server whose dates are written day first must not change them.
        string loaded = Run(isPostgres: true, $$"""
            $db.ConnectionString += ";Options=-c datestyle=SQL,DMY -c timezone=America/New_York"
            Import-EtlSql @db -Table {{_table}} | Export-EtlSqlUpsert @db -Table {{copy}} -Key id | ForEach-Object ToString
            """).Single().ToString();
        Assert.Contains("loaded 1", loaded, StringComparison.Ordinal);
        Until($"SELECT count(*) FROM (SELECT t::text FROM {_table} AS t INTERSECT SELECT t::text FROM {copy} AS t) AS same", 1);
    }

    [Fact]
    public void Import_PostgresComposite_IsItsText_AndTheEndsOfTimeAreDates()
    {
        Make(isPostgres: true, $"CREATE TYPE {_table}_pair AS (a int, b text)");
        string[] values = [.. Run(isPostgres: true, $"(Import-EtlSql @db -Query \"SELECT ROW(1, 'x')::{_table}_pair AS k\").k; $r = Import-EtlSql @db -Query \"SELECT date '9999-12-31' AS a, date '0001-01-01' AS b, timestamp '0001-01-01' AS c\"; $r.a.ToString('yyyy-MM-dd'); $r.b.ToString('yyyy-MM-dd'); $r.c.ToString('yyyy-MM-dd')").Select(value => value.ToString())];
        Assert.Equal(["(1,x)", "9999-12-31", "0001-01-01", "0001-01-01"], values);
        foreach (string endless in new[] { "date 'infinity'", "timestamp '-infinity'", "ARRAY[date 'infinity']" })
            Assert.StartsWith("ConversionFailed,", Try(isPostgres: true, $"Import-EtlSql @db -Query \"SELECT {endless} AS a\"").Errors.Single().FullyQualifiedErrorId, StringComparison.Ordinal);
    }
}
