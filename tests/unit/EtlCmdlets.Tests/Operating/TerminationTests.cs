using System.Globalization;
using EtlTools.Testing;
using Npgsql;
using Xunit;

namespace EtlTools.Cmdlets.Tests.Operating;

/// <summary>What signals do to a script in a process of its own, at moments nobody chose.</summary>
public sealed class TerminationTests : IDisposable
{
    private const int Rows = 400_000;
    private const int Times = 50;

    private readonly ModuleSession _session = new();
    private readonly string _script;

    public TerminationTests()
    {
        _session.Write("a.csv", "id,name\n" + string.Concat(Enumerable.Range(1, Rows).Select(i => $"{i},name of {i}\n")));
        _script = _session.Write("load.ps1", $$"""
            param($Name, $OnTermination = 'Drain')
            $ErrorActionPreference = 'Stop'
            Import-Module '{{ModuleSession.ManifestPath}}'
            Set-Location '{{_session.Folder}}'
            $target = @{ Provider = 'Sqlite'; ConnectionString = "Data Source=$Name.db"; Table = 't'; Key = 'id'; CreateTable = $true; BatchSize = 1000; FlushIntervalSec = 600 }
            $script:ready = $false
            $first = Import-EtlCsv a.csv -OnTermination $OnTermination -DrainTimeoutSec 170 |
                ForEach-Object { if (-not $script:ready) { $script:ready = $true; [Console]::Out.WriteLine('ready') }; $_ } |
                Invoke-EtlTransform -Required id | Export-EtlSqlUpsert @target
            $second = Import-EtlCsv a.csv -WarningAction SilentlyContinue | Export-EtlSqlUpsert @target
            "$($first.Drained) $($first.Succeeded) $($first.Loaded) $($second.Drained) $($second.Received)"
            """);
    }

    public void Dispose() => _session.Dispose();

    [Fact]
    public async Task Sigterm_AtAnyMoment_DrainsAndExitsWithZero()
    {
        if (OperatingSystem.IsWindows())
            return;
        var random = new Random(20261124);
        int[] moments = [.. Enumerable.Range(0, Times).Select(_ => random.Next(0, 1500))];
        int drained = 0;
        await Parallel.ForAsync(0, Times, new ParallelOptions { MaxDegreeOfParallelism = 3 }, async (i, _) =>
        {
            using ChildShell child = ChildShell.Start(_script, $"drain{i}");
            await child.WaitForLineAsync("ready");
            await Task.Delay(moments[i], CancellationToken.None);
            child.Signal("TERM");
            string[] said = (await child.ReadToEndAsync()).Split(' ', StringSplitOptions.TrimEntries);
            int exitCode = await child.WaitAsync();
            Assert.True(exitCode == 0 && said.Length == 5, $"{moments[i]} ms: exit code {exitCode}, {string.Join(' ', said)} {child.Error}");
            // A run that had read all its input by then is not cut short.
            bool cut = said[0] == "True";
            if (cut)
                Interlocked.Increment(ref drained);
            long loaded = long.Parse(said[2], CultureInfo.InvariantCulture);
            string[] inTable = Table.Rows(_session.PathOf($"drain{i}.db"), "SELECT count(*) || ' ' || max(CAST(id AS INTEGER)) FROM t");
            Assert.Equal([$"{loaded} {loaded}"], inTable);
            Assert.True(cut ? loaded < Rows : loaded == Rows);
            Assert.Equal(("True", "True", "0"), (said[1], said[3], said[4]));
            File.Delete(_session.PathOf($"drain{i}.db"));
        });
        Assert.InRange(drained, Times / 2, Times);
    }

    [Theory]
    [InlineData("TERM", "Drop", new[] { 1 })]
    // PowerShell ends with 0 after SIGINT, unless the end of the pipeline reaches the script before its own stop.
    [InlineData("INT", "Drain", new[] { 0, 1 })]
    public async Task Signal_ThatDrops_EndsAtOnceAndARerunCompletes(string signal, string onTermination, int[] exitCodes)
    {
        if (OperatingSystem.IsWindows())
            return;
        for (int i = 0; i < 3; i++)
        {
            using ChildShell child = ChildShell.Start(_script, "drop", onTermination);
            await child.WaitForLineAsync("ready");
            await Task.Delay(100 * i, CancellationToken.None);
            child.Signal(signal);
            string said = await child.ReadToEndAsync();
            Assert.Contains(await child.WaitAsync(), exitCodes);
            Assert.DoesNotContain("True", said, StringComparison.Ordinal);
            Assert.Contains(signal == "INT" ? "Run the same command again to complete it." : "run it again to complete it", said + child.Error, StringComparison.Ordinal);
        }
        string[] before = Table.Rows(_session.PathOf("drop.db"), "SELECT count(*) % 1000 FROM t");
        Assert.Equal(["0"], before);
        _session.Run("Import-EtlCsv a.csv | Export-EtlSqlUpsert -Provider Sqlite -ConnectionString 'Data Source=drop.db' -Table t -Key id");
        Assert.Equal([$"{Rows}"], Table.Rows(_session.PathOf("drop.db"), "SELECT count(*) FROM t"));
    }

    [Fact]
    public async Task Sigint_AtAnyMoment_IsRecordedAsDropped()
    {
        if (OperatingSystem.IsWindows())
            return;
        string script = _session.Write("interrupted.ps1", $$"""
            param($Name)
            Import-Module '{{ModuleSession.ManifestPath}}'
            Set-Location '{{_session.Folder}}'
            Set-EtlTelemetry -LogPath "$Name.log"
            try {
                $script:ready = $false
                Import-EtlCsv a.csv | Invoke-EtlTransform { $_ } |
                    ForEach-Object { if (-not $script:ready) { $script:ready = $true; [Console]::Out.WriteLine('ready') }; $_ } |
                    Export-EtlSqlUpsert -SqlitePath "$Name.db" -Table t -Key id -CreateTable -BatchSize 1000
            }
            finally { [Console]::Out.WriteLine("was $(Get-EtlRun | ForEach-Object { "$($_.State) $($_.Succeeded)" })") }
            """);
        var random = new Random(20261127);
        for (int i = 0; i < 8; i++)
        {
            using ChildShell child = ChildShell.Start(script, $"int{i}");
            await child.WaitForLineAsync("ready");
            await Task.Delay(random.Next(1000), CancellationToken.None);
            child.Signal("INT");
            string said = await child.ReadToEndAsync();
            await child.WaitAsync();
            Assert.Contains("was Dropped False", said, StringComparison.Ordinal);
            Assert.Contains("Run the same command again to complete it.", said, StringComparison.Ordinal);
            Assert.Contains("\"state\":\"Dropped\",\"succeeded\":false", File.ReadAllText(_session.PathOf($"int{i}.log")), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData(" -ThrottleLimit 1")]
    public async Task Error_BesideASteppablePipelineThatIsNeverEnded_EndsTheProcess(string more)
    {
        string script = _session.Write("steppable.ps1", $$"""
            $ErrorActionPreference = 'Stop'
            Import-Module '{{ModuleSession.ManifestPath}}'
            $step = { Invoke-EtlTransform { $_ }{{more}} | Export-EtlSqlUpsert -SqlitePath '{{_session.PathOf("step.db")}}' -Table t -Key id -CreateTable }.GetSteppablePipeline()
            $step.Begin($true)
            1..9 | ForEach-Object { $null = $step.Process([pscustomobject]@{ id = $_ }) }
            throw 'the script fails'
            """);
        using ChildShell child = ChildShell.Start(script);
        Assert.Equal(1, await child.WaitAsync());
        Assert.Contains("the script fails", child.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sqlite_WithoutALibraryForThePlatform_IsTold()
    {
        string module = Path.GetDirectoryName(ModuleSession.ManifestPath)!;
        string copy = _session.PathOf("EtlTools");
        foreach (string file in Directory.EnumerateFiles(module, "*", SearchOption.AllDirectories).Where(file => Path.GetFileNameWithoutExtension(file) is not ("e_sqlite3" or "libe_sqlite3")))
        {
            string target = Path.Combine(copy, Path.GetRelativePath(module, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
        string script = _session.Write("library.ps1", $$"""
            Import-Module '{{Path.Combine(copy, "EtlTools.psd1")}}'
            try { @{ id = 1 } | Export-EtlSqlUpsert -SqlitePath '{{_session.PathOf("library.db")}}' -Table t -Key id -CreateTable } catch { "$_" }
            try { Get-EtlWatermark -ConnectionString 'Host=127.0.0.1;Port=1;Database=d;Username=u' } catch { $_.FullyQualifiedErrorId }
            """);
        using ChildShell child = ChildShell.Start(script);
        string said = await child.ReadToEndAsync();
        Assert.Equal(0, await child.WaitAsync());
        Assert.Contains("SQLite cannot be used", said, StringComparison.Ordinal);
        Assert.Contains("TargetUnavailable,", said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-TimeoutSec 0.3")]
    [InlineData("| Select-Object -First 1")]
    public async Task Block_ThatWasLeftBehind_DoesNotHoldUpTheExit(string more)
    {
        string script = _session.Write("behind.ps1", $$"""
            Import-Module '{{ModuleSession.ManifestPath}}'
            1..3 | ForEach-Object { [pscustomobject]@{ id = $_ } } | Invoke-EtlTransform { if ($_.id -eq 2) { [Threading.Thread]::Sleep(-1) }; $_ } -BufferSize 1 {{more}} | Out-Null
            exit 5
            """);
        using ChildShell child = ChildShell.Start(script);
        Assert.Equal(5, await child.WaitAsync());
    }

    [Fact]
    public async Task Sigint_InForEachObjectParallel_EndsTheProcess()
    {
        if (OperatingSystem.IsWindows())
            return;
        string script = _session.Write("parallel.ps1", $$"""
            Import-Module '{{ModuleSession.ManifestPath}}'
            1..3 | ForEach-Object -Parallel {
                Import-Module '{{ModuleSession.ManifestPath}}'
                Import-EtlCsv '{{_session.PathOf("a.csv")}}' | Invoke-EtlTransform { if ($_.id -eq 1000) { [Console]::Out.WriteLine('ready') }; Start-Sleep -Milliseconds 5; $_ } | Out-Null
            }
            """);
        using ChildShell child = ChildShell.StartAttended(script);
        for (int i = 0; i < 3; i++)
            await child.WaitForLineAsync("ready");
        child.Signal("INT");
        await child.ReadToEndAsync();
        await child.WaitAsync();
        Assert.Empty(child.Error);
    }

    [Fact]
    public async Task Sigint_InAStatementOfPostgres_LeavesNoConnectionAndARerunCompletes()
    {
        if (OperatingSystem.IsWindows())
            return;
        const string Application = "etl-sigint";
        string server = PostgresFixture.Server.ConnectionString;
        PostgresServer.Execute(server, "CREATE TABLE sigint(id INTEGER PRIMARY KEY, name TEXT)");
        // The source waits in its middle, so that the load cannot come to its end before the signal.
        string script = _session.Write("postgres.ps1", $$"""
            param($HoldAt)
            $ErrorActionPreference = 'Stop'
            Import-Module '{{ModuleSession.ManifestPath}}'
            Set-Location '{{_session.Folder}}'
            $to = @{ ConnectionString = '{{server.Replace("'", "''", StringComparison.Ordinal)}};Application Name={{Application}}' }
            $script:count = 0
            $result = Import-EtlCsv a.csv -Type @{ id = 'int' } -ResumeFrom (Get-EtlWatermark sigint @to) |
                ForEach-Object { if (++$script:count -eq $HoldAt) { [Threading.Thread]::Sleep(-1) }; $_ } |
                Export-EtlSqlUpsert @to -Table sigint -Key id -BatchSize 1000 -ThrottleLimit 2 -WatermarkName sigint -DeadLetterPath dead.jsonl
            "$($result.Succeeded) $($result.Loaded)"
            """);
        using (ChildShell child = ChildShell.Start(script, $"{Rows / 2}"))
        {
            await UntilAsync("SELECT count(*) > 0 FROM sigint");
            await using var other = new NpgsqlConnection(server);
            await other.OpenAsync(CancellationToken.None);
            await using NpgsqlTransaction holding = await other.BeginTransactionAsync(CancellationToken.None);
            await using (var command = new NpgsqlCommand("LOCK TABLE sigint IN EXCLUSIVE MODE", other, holding))
                await command.ExecuteNonQueryAsync(CancellationToken.None);
            await UntilAsync($"SELECT count(*) > 0 FROM pg_stat_activity WHERE application_name = '{Application}' AND wait_event_type = 'Lock'");
            child.Signal("INT");
            Assert.InRange(await child.WaitAsync(), 0, 1);
            // While the lock is still held: what waited for it was cancelled.
            await UntilAsync($"SELECT count(*) = 0 FROM pg_stat_activity WHERE application_name = '{Application}'");
        }
        long loaded = Value("SELECT count(*) FROM sigint");
        Assert.InRange(loaded, 1, Rows / 2);
        using ChildShell again = ChildShell.Start(script, "0");
        string said = await again.ReadToEndAsync();
        Assert.True(await again.WaitAsync() == 0, again.Error);
        Assert.StartsWith("True ", said, StringComparison.Ordinal);
        Assert.Equal((Rows, (long)Rows * (Rows + 1) / 2), (Value("SELECT count(*) FROM sigint"), Value("SELECT sum(id) FROM sigint")));

        static long Value(string sql)
        {
            using var connection = new NpgsqlConnection(PostgresFixture.Server.ConnectionString);
            connection.Open();
            using var command = new NpgsqlCommand(sql, connection);
            object value = command.ExecuteScalar()!;
            return value is bool truth ? (truth ? 1 : 0) : Convert.ToInt64(value, CultureInfo.InvariantCulture);
        }

        static async Task UntilAsync(string condition)
        {
            for (int i = 0; Value(condition) == 0; i++)
            {
                Assert.True(i < 6000, $"It did not come to this: {condition}");
                await Task.Delay(20, CancellationToken.None);
            }
        }
    }

    [Fact]
    public async Task Sigterm_Twice_Drops()
    {
        if (OperatingSystem.IsWindows())
            return;
        string slow = _session.Write("slow.ps1", $$"""
            $ErrorActionPreference = 'Stop'
            Import-Module '{{ModuleSession.ManifestPath}}'
            Set-Location '{{_session.Folder}}'
            $script:ready = $false
            Import-EtlCsv a.csv |
                ForEach-Object { if (-not $script:ready) { $script:ready = $true; [Console]::Out.WriteLine('ready') }; $_ } |
                Invoke-EtlTransform { Start-Sleep -Seconds 20; $_ } -ThrottleLimit 1 |
                Export-EtlSqlUpsert -Provider Sqlite -ConnectionString 'Data Source=twice.db' -Table t -Key id -CreateTable
            """);
        using ChildShell child = ChildShell.Start(slow);
        await child.WaitForLineAsync("ready");
        child.Signal("TERM");
        await Task.Delay(500, CancellationToken.None);
        child.Signal("TERM");
        string said = await child.ReadToEndAsync();
        Assert.Equal(1, await child.WaitAsync());
        Assert.Contains("told to end twice", said + child.Error, StringComparison.Ordinal);
    }
}
