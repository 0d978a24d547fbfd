using System.Security.Cryptography;
using System.Text;
using EtlTools.Engine.Load;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Extract.Sql;

/// <summary>
/// What tells a table or query from others, so that a later run finds its watermark. The path says what is read: the database with the table,
/// or with a hash of the query. The fingerprint also says in which order, and which rows.
/// </summary>
internal static class SqlIdentity
{
    private const string Query = "query";
    private const int HashLength = 16;

    /// <summary>The source that a call reads.</summary>
    public static SourceInfo Of(SqlSourceOptions options, SqlPlan plan, string database)
    {
        string path = $"{database} {plan.Table?.ToArgument() ?? $"{Query} {Hash(options.Query!)}"}";
        string rows = $"{string.Join(',', options.WatermarkColumns)} {options.Where}{plan.ParametersText}{SchemasOf(options, plan.Table)}";
        return new SourceInfo(plan.Table?.Name ?? Query, path, Hash($"{path} {rows}")) { ComesAgain = options.WatermarkLag > TimeSpan.Zero };
    }

    /// <summary>The path of a query without what tells it from others of its database; null for a table.</summary>
    public static string? QueryOf(string path) =>
        path.Length > HashLength && path[..^HashLength] is var start && start.EndsWith($" {Query} ", StringComparison.Ordinal) ? start : null;

    /// <summary>Where a table without a schema is searched for, if the connection says it.</summary>
    private static string SchemasOf(SqlSourceOptions options, TableName? table) =>
        table is { Schema: null } && Dialects.Get(options.Target).SchemasOf(options.Target) is { } schemas ? $" in {schemas}" : "";

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..HashLength];
}
