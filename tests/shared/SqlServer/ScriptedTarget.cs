using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using EtlTools.Tests.Tds;
using Microsoft.SqlServer.TransactSql.ScriptDom;
using Xunit;

namespace EtlTools.Testing.SqlServer;

/// <summary>The steps of a load as the server sees them.</summary>
public enum LoadStep
{
    Edition,
    Settings,
    Describe,
    MakeStaging,
    DescribeStaging,
    AnnounceRows,
    Rows,
    Duplicates,
    Begin,
    Save,
    Upsert,
    State,
    GoBack,
    Commit,
    Rollback,
    Probe,
    ClearStaging,
    LockTable,
    TryScope,
    FindOutside,
    References,
    SaveBatch,
    GoBackBatch,
    MakeSeen,
    KeepKeys,
    Change,
    Other,
}

/// <summary>
/// A double that answers a load step by step, as a server would whose table has these columns. It keeps no table: what was
/// written is what the test reads in the requests.
/// </summary>
internal sealed partial class ScriptedTarget : IAsyncDisposable
{
    private readonly ConcurrentDictionary<int, TdsColumn[]> _staging = new();
    private readonly ConcurrentDictionary<int, IReadOnlyList<object?[]>> _staged = new();

    public ScriptedTarget(params CatalogColumn[] columns)
    {
        Columns = columns;
        Server = new TdsServer { OnRequest = Answer };
    }

    public TdsServer Server { get; }

    public CatalogColumn[] Columns { get; set; }

    /// <summary>Unique indexes: their columns.</summary>
    public string[][] UniqueIndexes { get; init; } = [["id"]];

    /// <summary>The place of the unique index that has IGNORE_DUP_KEY; -1 for none.</summary>
    public int IgnoringIndex { get; init; } = -1;

    public string ObjectType { get; init; } = "U";

    public bool Exists { get; set; } = true;

    public bool HasTrigger { get; init; }

    public bool HasConstraints { get; init; }

    public bool HasIndexedView { get; init; }

    /// <summary>Checks and references: their names, whether they are checks, and their column.</summary>
    public (string Name, bool IsCheck, string? Column)[] Constraints { get; init; } = [];

    public string[] Rights { get; init; } = ["SELECT", "INSERT", "UPDATE", "DELETE"];

    /// <summary>Whether a record's row is outside of -MissingScope.</summary>
    public bool HasOutside { get; init; }

    /// <summary>How many other tables refer to this one.</summary>
    public int References { get; init; }

    /// <summary>How many rows a statement over the whole table touches.</summary>
    public long Touched { get; init; }

    /// <summary>What SERVERPROPERTY('EngineEdition') gives: 3 is Enterprise, 5 Azure SQL Database, 8 Managed Instance.</summary>
    public int EngineEdition { get; init; } = 3;

    /// <summary>What a trigger of the table selects before the statement's own answer; null for nothing.</summary>
    public Func<TdsReply, TdsReply>? TriggerSelects { get; set; }

    /// <summary>Rows of the same key that the server finds, each with the next one.</summary>
    public (int Row, int Next)[] Duplicates { get; set; } = [];

    /// <summary>Answers a step instead of what it is answered else; null for that.</summary>
    public Func<LoadStep, TdsRequest, TdsReply?> Instead { get; set; } = (_, _) => null;

    /// <summary>The rows that have come, of all loads in order, without their numbers.</summary>
    public IEnumerable<object?[]> Rows => Server.Requests.OfType<BulkLoad>().SelectMany(load => load.Rows).Select(row => row[1..]);

    public IEnumerable<LoadStep> Steps => Server.Requests.Select(StepOf);

    public static LoadStep StepOf(TdsRequest request) => request switch
    {
        BulkLoad => LoadStep.Rows,
        RpcCall call when call.Text.Contains("f.referenced_object_id = OBJECT_ID(@table)", StringComparison.Ordinal) => LoadStep.References,
        RpcCall call when call.Text.Contains("1 = 0", StringComparison.Ordinal) => LoadStep.TryScope,
        RpcCall call when call.Text.Contains("ELSE 0 END = 0 AND EXISTS", StringComparison.Ordinal) => LoadStep.FindOutside,
        RpcCall call when call.Text.Contains("etl_touched", StringComparison.Ordinal) => LoadStep.Change,
        RpcCall call when call.Text.Contains("OBJECT_ID(@table)", StringComparison.Ordinal) => LoadStep.Describe,
        RpcCall call when call.Text.Contains("@inserted", StringComparison.Ordinal) => LoadStep.Upsert,
        BatchRequest batch => StepOf(batch.Text),
        _ => LoadStep.Other,
    };

    /// <summary>Ends the double. Whatever the test was about, each statement that the loader sent is one that SQL Server parses.</summary>
    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        foreach (string text in Server.Requests.Select(TextOf).OfType<string>().Distinct())
        {
            new TSql130Parser(true).Parse(new StringReader(text), out IList<ParseError> errors);
            Assert.True(errors.Count == 0, $"{string.Join("; ", errors.Select(error => error.Message))}\n{text}");
        }
    }

    /// <summary>The loader's own text; not that of the driver's bulk copy.</summary>
    private static string? TextOf(TdsRequest request) =>
        StepOf(request) is LoadStep.DescribeStaging or LoadStep.AnnounceRows ? null
        : request is BatchRequest batch ? batch.Text
        : (request as RpcCall)?.Text;

    private static LoadStep StepOf(string text) =>
        text.StartsWith("SELECT CAST(SERVERPROPERTY(", StringComparison.Ordinal) ? LoadStep.Edition
        : text == "SELECT 1;" ? LoadStep.Probe
        : text.StartsWith("SET ANSI_NULLS", StringComparison.Ordinal) ? LoadStep.Settings
        : text.StartsWith("DROP TABLE IF EXISTS [#etl_stage]", StringComparison.Ordinal) ? LoadStep.MakeStaging
        : text.StartsWith("TRUNCATE", StringComparison.Ordinal) ? LoadStep.ClearStaging
        : text.Contains("FMTONLY", StringComparison.Ordinal) ? LoadStep.DescribeStaging
        : text.StartsWith("insert bulk", StringComparison.Ordinal) ? LoadStep.AnnounceRows
        : text.Contains("LEAD(", StringComparison.Ordinal) ? LoadStep.Duplicates
        : text.StartsWith("BEGIN TRANSACTION", StringComparison.Ordinal) ? LoadStep.Begin
        : text.StartsWith("SAVE TRANSACTION [etl_batch]", StringComparison.Ordinal) ? LoadStep.SaveBatch
        : text.StartsWith("SAVE", StringComparison.Ordinal) ? LoadStep.Save
        : text.StartsWith("IF XACT_STATE() = 1 ROLLBACK TRANSACTION [etl_batch]", StringComparison.Ordinal) ? LoadStep.GoBackBatch
        : text.StartsWith("SET LOCK_TIMEOUT", StringComparison.Ordinal) && !text.Contains("BEGIN TRANSACTION", StringComparison.Ordinal) ? LoadStep.LockTable
        : text.StartsWith("CREATE TABLE [#etl_seen]", StringComparison.Ordinal) ? LoadStep.MakeSeen
        : text.StartsWith("INSERT INTO [#etl_seen]", StringComparison.Ordinal) ? LoadStep.KeepKeys
        : text.Contains("etl_touched", StringComparison.Ordinal) ? LoadStep.Change
        : text.Contains("XACT_STATE", StringComparison.Ordinal) ? LoadStep.State
        : text.StartsWith("ROLLBACK TRANSACTION [etl_range]", StringComparison.Ordinal) ? LoadStep.GoBack
        : text.StartsWith("COMMIT", StringComparison.Ordinal) ? LoadStep.Commit
        : text.StartsWith("IF @@TRANCOUNT", StringComparison.Ordinal) ? LoadStep.Rollback
        : LoadStep.Other;

    private TdsReply? Answer(TdsRequest request)
    {
        LoadStep step = StepOf(request);
        if (request is BulkLoad load)
            _staged[request.Session] = load.Rows;
        if (Instead(step, request) is { } instead)
            return instead;
        switch (step)
        {
            case LoadStep.Edition:
                return new TdsReply().Rows([new TdsColumn("", "int")], [EngineEdition]);
            case LoadStep.Describe:
                return CatalogColumn.Describe(this);
            case LoadStep.MakeStaging:
                _staging[request.Session] = [.. StagingColumn().Matches(((BatchRequest)request).Text).Select(match => new TdsColumn(match.Groups["name"].Value, match.Groups["type"].Value))];
                return new TdsReply();
            case LoadStep.DescribeStaging:
                return BulkReplies.Describe(_staging[request.Session]);
            case LoadStep.Rows:
                return new TdsReply().Count(((BulkLoad)request).Rows.Count);
            case LoadStep.Duplicates:
                return new TdsReply().Rows([new TdsColumn("etl_row", "int"), new TdsColumn("etl_next", "int")], Duplicates.Select(pair => new object?[] { pair.Row, pair.Next }));
            case LoadStep.Upsert:
                return Effect(0, RangeOf((RpcCall)request).Length, TriggerSelects);
            case LoadStep.Begin:
                return new TdsReply().Transaction(TransactionAction.Begin);
            case LoadStep.Commit:
                return new TdsReply().Transaction(TransactionAction.Commit);
            case LoadStep.Rollback:
                return new TdsReply().Transaction(TransactionAction.Rollback);
            case LoadStep.FindOutside:
                return new TdsReply().Rows([new TdsColumn("", "int")], HasOutside ? [[1]] : []);
            case LoadStep.TryScope:
                return new TdsReply().Rows([new TdsColumn("", "int")]);
            case LoadStep.References:
                return new TdsReply().Rows([new TdsColumn("", "int")], [References]);
            case LoadStep.Change:
                return new TdsReply().Rows([new TdsColumn("etl_touched", "bigint")], [Touched]);
            case LoadStep.GoBackBatch or LoadStep.State:
                return new TdsReply().Rows([new TdsColumn("", "int")], [1]);
            case LoadStep.Other:
                return null;
            default:
                return new TdsReply();
        }
    }

    /// <summary>The staged rows that an upsert writes.</summary>
    public object?[][] RangeOf(RpcCall upsert)
    {
        int from = (int)Parameter(upsert, "@from")!;
        int to = (int)Parameter(upsert, "@to")!;
        byte[]? first = Parameter(upsert, "@first") as byte[];
        return [.. _staged[upsert.Session].Where(row => (int)row[0]! >= from && (int)row[0]! < to && (first is null || FirstOf(first, (int)row[0]! - from) > 0))];
    }

    /// <summary>The place, from 1, of the row that gives a row its key; 0 for a row that is not written.</summary>
    public static int[] FirstRows(RpcCall upsert)
    {
        byte[] first = (byte[])Parameter(upsert, "@first")!;
        return [.. Enumerable.Range(0, first.Length / sizeof(int)).Select(row => FirstOf(first, row))];
    }

    private static int FirstOf(byte[] first, int row) => BinaryPrimitives.ReadInt32BigEndian(first.AsSpan(row * sizeof(int)));

    public static object? Parameter(RpcCall call, string name) => call.Parameters.FirstOrDefault(parameter => parameter.Name == name)?.Value;

    public static TdsReply Effect(long updated, long inserted, Func<TdsReply, TdsReply>? before = null)
    {
        var reply = new TdsReply();
        return (before?.Invoke(reply) ?? reply).Rows([new TdsColumn("etl_updated", "bigint"), new TdsColumn("etl_inserted", "bigint")], [updated, inserted]);
    }

    [GeneratedRegex(@"\[(?<name>etl_row|c\d+)\] (?<type>\w+(?:\([^)]*\))?(?: COLLATE \w+)?)")]
    private static partial Regex StagingColumn();
}
