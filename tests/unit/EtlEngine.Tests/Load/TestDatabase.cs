using EtlTools.Engine.Load;
using EtlTools.Engine.Records;
using EtlTools.Engine.Stages;
using Microsoft.Data.Sqlite;

namespace EtlTools.Engine.Tests.Load;

/// <summary>A SQLite file, looked at through a connection of the test's own, and loads into it.</summary>
internal sealed class TestDatabase : ITestTarget
{
    private readonly TempFolder _folder = new();

    public TestDatabase(params string[] statements)
    {
        File = _folder.File("test.db");
        if (statements.Length > 0)
            Execute(statements);
    }

    public string File { get; }

    public string DeadLetter => _folder.File("dead.jsonl");

    public LoadOptions Options => new() { Provider = "Sqlite", ConnectionString = $"Data Source={File}", Table = "t", Key = ["id"] };

    public SqliteConnection Connect()
    {
        var connection = new SqliteConnection($"Data Source={File};Pooling=False;Default Timeout=1");
        connection.Open();
        return connection;
    }

    public void Execute(params string[] statements)
    {
        using SqliteConnection connection = Connect();
        foreach (string sql in statements)
            Execute(connection, sql);
    }

    public static void Execute(SqliteConnection connection, string sql)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    /// <summary>The rows of a query, a line each, values as SQLite quotes them.</summary>
    public string[] Rows(string sql)
    {
        using SqliteConnection connection = Connect();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        using SqliteDataReader reader = command.ExecuteReader();
        var rows = new List<string>();
        while (reader.Read())
            rows.Add(string.Join('|', Enumerable.Range(0, reader.FieldCount).Select(i => reader.IsDBNull(i) ? "null" : reader.GetString(i))));
        return [.. rows];
    }

    /// <summary>Loads the records and ends, as a cmdlet does.</summary>
    public static async Task<LoadRun> LoadAsync(LoadOptions options, IEnumerable<Record> records, EtlRun? run = null)
    {
        await using LoadStage stage = await OpenAsync(options, run);
        var output = new List<Record>();
        foreach (Record record in records)
            Post(stage, record, output);
        stage.CompleteInput();
        Drain(stage, output);
        LoadSummary summary = stage.Summarize();
        Assert.True(stage.Counters.Balanced, "in + made = out + filtered + failed + forwarded");
        Assert.Equal(stage.Counters.Out, summary.Loaded + summary.Unchanged + summary.Superseded);
        Assert.Equal(
            summary.Received, summary.Loaded + summary.Unchanged + summary.Superseded + summary.Filtered + summary.DeadLettered + summary.Errors);
        var warnings = new List<string>();
        while (stage.Notices.TryTake(out StageNotice? notice))
            warnings.Add($"{notice.Failure.Code}: {notice.Failure.Message}");
        return new LoadRun(summary, output, stage.Counters, warnings);
    }

    public static Task<LoadStage> OpenAsync(LoadOptions options, EtlRun? run = null) =>
        LoadStage.OpenAsync("Export-EtlSqlUpsert", options, run ?? new EtlRun(TimeProvider.System), cancellationToken: TestContext.Current.CancellationToken);

    public static void Post(LoadStage stage, Record record, List<Record> output)
    {
        while (!stage.TryPost(record))
        {
            TakeAll(stage, output);
            stage.Wait(TimeSpan.FromSeconds(10));
        }
        TakeAll(stage, output);
    }

    public static void Drain(LoadStage stage, List<Record> output)
    {
        while (true)
        {
            TakeAll(stage, output);
            if (stage.IsEnded)
                return;
            Assert.True(stage.Wait(TimeSpan.FromSeconds(30)), "The loader hangs.");
        }
    }

    public static void TakeAll(LoadStage stage, List<Record> output)
    {
        while (stage.TryTake(out Record? record))
            output.Add(record);
    }

    public void Dispose() => _folder.Dispose();
}

/// <summary>What a load did.</summary>
internal sealed record LoadRun(LoadSummary Summary, List<Record> Output, StageCounters Counters, IReadOnlyList<string> Warnings)
{
    public IEnumerable<string> Codes => Output.Where(record => record.Error is not null).Select(record => record.Error!.Code);
}
