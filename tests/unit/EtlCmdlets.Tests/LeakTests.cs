using System.Data;
using System.Management.Automation;
using Microsoft.Data.Sqlite;
using Xunit;

namespace EtlTools.Cmdlets.Tests;

/// <summary>On every way out, workers, files, connections and transactions are gone.</summary>
public sealed class LeakTests : IDisposable
{
    private const int Warmups = 3;
    private const int Repeats = 50;

    private readonly ModuleSession _session = new();

    public LeakTests() => _session.Write("big.csv", "id,name\n" + string.Concat(Enumerable.Range(1, 100_000).Select(i => $"{i},name {i}\n")));

    public void Dispose() => _session.Dispose();

    [Fact]
    public void Import_SelectFirst_LeavesNothingBehind() =>
        Repeat(() => Assert.Equal(3, _session.Run("Import-EtlCsv big.csv | Select-Object -First 3").Count));

    [Fact]
    public void Transform_SelectFirst_LeavesNothingBehind() =>
        Repeat(() => Assert.Equal(3, _session.Run("Import-EtlCsv big.csv | Invoke-EtlTransform { $_ } | Select-Object -First 3").Count));

    [Fact]
    public void Transform_TimedOut_LeavesNothingBehind() =>
        Repeat(() => Assert.Equal(2, _session.Try("1..3 | ForEach-Object { @{ n = $_ } } | Invoke-EtlTransform { while ($_.n -eq 2) { }; $_ } -TimeoutSec 0.1 -ErrorAction SilentlyContinue").Output.Count));

    [Fact]
    public void Transform_SetupFails_LeavesNothingBehind() =>
        Repeat(() => Assert.NotNull(_session.Try("1..3 | ForEach-Object { @{ n = $_ } } | Invoke-EtlTransform { $_ } -InitializationScript { throw 'no' }").EndingError));

    [Fact]
    public async Task Transform_AMillionRecords_HoldsAsManyWorkersAndNoMoreMemory()
    {
        Footprint before = Footprint.Take();
        using PowerShell shell = _session.Shell("Import-EtlCsv (@('big.csv') * 10) | Invoke-EtlTransform { $_.name += '!'; $_ } -ThrottleLimit 2 | ForEach-Object { $n++ }; $n");
        var memory = new List<long>();
        Task<System.Collections.ObjectModel.Collection<PSObject>> run = Task.Run(() => shell.Invoke());
        while (!run.IsCompleted)
        {
            Footprint now = Footprint.Take();
            Assert.True(now.Runspaces <= before.Runspaces + 2 && now.Threads <= before.Threads + 2, $"before: {before}\nnow: {now}");
            memory.Add(GC.GetTotalMemory(forceFullCollection: true));
            await Task.Delay(100);
        }
        Assert.Equal(1_000_000, Assert.Single(await run).BaseObject);
        Assert.InRange(memory.Count, 8, int.MaxValue);
        Assert.InRange(memory.Skip(memory.Count / 2).Max(), 0, memory.Take(memory.Count / 2).Max() + 10_000_000);
        Assert.True(Footprint.Take(before).IsWithin(before));
    }

    [Fact]
    public void Load_SelectFirst_LeavesNothingBehind() =>
        Repeat(() =>
        {
            Assert.Equal(3, _session.Run($"Import-EtlCsv big.csv | {Export("first.db")} -BatchSize 100 -PassThru | Select-Object -First 3").Count);
            AssertUnlocked("first.db");
        });

    [Fact]
    public void Transform_ScriptThrowsOutOfThePipeline_LeavesNothingBehind() =>
        Repeat(() => Assert.NotNull(_session.Try("Import-EtlCsv big.csv | Invoke-EtlTransform { $_ } | ForEach-Object { throw 'no more' }").Terminating));

    [Fact]
    public void Load_Stopped_LeavesNothingBehind()
    {
        int run = 0;
        Repeat(() =>
        {
            string database = $"stopped{++run}.db";
            long committed = 0;
            using PowerShell shell = _session.Shell($"Import-EtlCsv big.csv | Invoke-EtlTransform {{ $_ }} | {Export(database)} -BatchSize 100 -PassThru");
            var output = new PSDataCollection<PSObject>();
            output.DataAdded += (_, _) => Interlocked.Increment(ref committed);
            var running = Task.Run(() => shell.Invoke<PSObject, PSObject>(null, output, null));
            Assert.True(SpinWait.SpinUntil(() => running.IsCompleted || Interlocked.Read(ref committed) > 100, TimeSpan.FromSeconds(20)));
            shell.Stop();
            Assert.True(running.Wait(TimeSpan.FromSeconds(5)));
            Assert.True(shell.InvocationStateInfo.State == PSInvocationState.Stopped, $"{shell.InvocationStateInfo.State} after {committed} {shell.Streams.Error.FirstOrDefault()} {shell.InvocationStateInfo.Reason}");
            // The module brings a SQLite of its own, and two of them in one process must not have a file open at once.
            AssertUnlocked(database);
            // A whole number of batches: what was not committed is not there.
            Assert.Equal(0, CountRows(database) % 100);
        });
    }

    private static string Export(string database) =>
        $"Export-EtlSqlUpsert -Provider Sqlite -ConnectionString 'Data Source={database}' -Table t -Key id -CreateTable";

    private static void Repeat(Action action)
    {
        for (int i = 0; i < Warmups; i++)
            action();
        Footprint baseline = Footprint.Take();
        for (int i = 0; i < Repeats; i++)
            action();
        Footprint after = Footprint.Take(baseline);
        Assert.True(after.IsWithin(baseline), $"before: {baseline}\nafter: {after}");
    }

    private long CountRows(string database)
    {
        using var connection = Open(database);
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = "SELECT count(*) FROM t";
        return (long)command.ExecuteScalar()!;
    }

    private void AssertUnlocked(string database)
    {
        using var connection = Open(database);
        using SqliteTransaction transaction = connection.BeginTransaction(IsolationLevel.Serializable);
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = "DELETE FROM t WHERE id = 'nobody'";
        command.ExecuteNonQuery();
        command.CommandText = "PRAGMA integrity_check";
        Assert.Equal("ok", command.ExecuteScalar());
        transaction.Rollback();
    }

    private SqliteConnection Open(string database)
    {
        var connection = new SqliteConnection($"Data Source={_session.PathOf(database)};Pooling=False;Default Timeout=1");
        connection.Open();
        return connection;
    }
}
