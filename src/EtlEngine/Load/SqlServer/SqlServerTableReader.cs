using System.Data;
using System.Runtime.CompilerServices;
using System.Text;
using Microsoft.Data.SqlClient;

namespace EtlTools.Engine.Load.SqlServer;

/// <summary>Reads from the server what the target looks like, and checks that it can be loaded into.</summary>
internal static class SqlServerTableReader
{
    private const int Utf8CodePage = 65001;

    /// <summary>The table, or null when it does not exist or this login may not see it.</summary>
    /// <exception cref="EtlException">It cannot be loaded into.</exception>
    public static async ValueTask<SqlServerTable?> ReadAsync(
        SqlConnection connection, TableName wanted, IReadOnlyList<string> key, CancellationToken cancellationToken)
    {
        SqlCommand command = connection.CreateCommand();
        await using ConfiguredAsyncDisposable disposing = command.ConfigureAwait(false);
        command.CommandText = SqlServerCatalog.Describe;
        command.Parameters.Add("@table", SqlDbType.NVarChar, 520).Value = SqlServerSql.Quote(wanted);
        SqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using ConfiguredAsyncDisposable closing = reader.ConfigureAwait(false);
        if (!await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            return null;
        var name = new TableName(reader.GetString(0), reader.GetString(1));
        RequireTable(reader, name);
        List<SqlServerColumn> columns = await ReadAllAsync(reader, ReadColumn, cancellationToken).ConfigureAwait(false);
        List<(int Index, string Column)> parts = await ReadAllAsync(reader, row => (row.GetInt32(0), row.GetString(1)), cancellationToken).ConfigureAwait(false);
        List<string> rights = await ReadAllAsync(reader, row => row.GetString(0), cancellationToken).ConfigureAwait(false);
        RequireRights(rights, name);
        SqlServerColumn[] keyColumns = [.. key.Select(column => FindKey(columns, column, name))];
        List<HashSet<string>> unique = [.. parts.GroupBy(part => part.Index).Select(index => index.Select(part => part.Column).ToHashSet(StringComparer.Ordinal))];
        var keyNames = keyColumns.Select(column => column.Name).ToHashSet(StringComparer.Ordinal);
        return new SqlServerTable
        {
            Name = name,
            Columns = columns,
            Key = keyColumns,
            KeyIsUnique = unique.Exists(keyNames.SetEquals),
            OtherUniqueColumns = [.. unique.Where(index => !keyNames.SetEquals(index)).SelectMany(index => index).Except(keyNames)],
        };
    }

    private static void RequireTable(SqlDataReader row, TableName name)
    {
        string type = row.GetString(2).Trim();
        if (type != "U")
        {
            string kind = type switch { "V" => "view", "SN" => "synonym", "IT" or "S" => "system table", _ => "database object that is no table" };
            string instead = row.IsDBNull(3) ? "" : $" It stands for {row.GetString(3)}: name that.";
            throw new EtlException(
                FailureCodes.NotATable, FailureKind.InvalidCall, $"-Table '{name}' is a {kind}: rows can be loaded into a table only.{instead}");
        }
        if (row.GetBoolean(4))
            throw new EtlException(
                FailureCodes.NotATable, FailureKind.InvalidCall,
                $"-Table '{name}' is an external, memory-optimized or history table: the loader needs an ordinary one.");
        if (row.GetBoolean(5))
            throw new EtlException(
                FailureCodes.ReadOnlyTarget, FailureKind.PermissionDenied,
                $"The database '{row.GetString(6)}' may only be read. Connect to the primary replica, or let it be set to READ_WRITE.");
    }

    private static void RequireRights(List<string> rights, TableName name)
    {
        string[] missing = [.. new[] { "SELECT", "INSERT", "UPDATE" }.Except(rights)];
        if (missing.Length > 0)
            throw new EtlException(
                FailureCodes.AccessDenied, FailureKind.PermissionDenied,
                $"This login lacks the right to {string.Join(" and ", missing)} on the table '{name}'. Grant it, or use another -Credential.");
    }

    private static SqlServerColumn ReadColumn(SqlDataReader row)
    {
        var type = SqlServerType.Of(row.GetString(1), row.GetInt16(2), row.GetByte(3), row.GetByte(4));
        return new SqlServerColumn
        {
            Name = row.GetString(0),
            Type = type,
            Collation = row.IsDBNull(5) ? null : row.GetString(5),
            Encoding = type.Kind == SqlServerKind.CodePage && !row.IsDBNull(6) ? EncodingOf(row.GetInt32(6)) : null,
            Nullable = row.GetBoolean(7),
            IsIdentity = row.GetBoolean(8),
            IsGenerated = row.GetBoolean(9),
            HasDefault = row.GetBoolean(10),
            IsEncrypted = row.GetBoolean(11),
        };
    }

    /// <summary>The encoding of a code page, which tells what it lacks instead of replacing it.</summary>
    private static Encoding? EncodingOf(int codePage) => codePage == Utf8CodePage
        ? new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true)
        : CodePagesEncodingProvider.Instance.GetEncoding(codePage, EncoderFallback.ExceptionFallback, DecoderFallback.ReplacementFallback);

    private static SqlServerColumn FindKey(List<SqlServerColumn> columns, string name, TableName table) =>
        columns.Find(column => string.Equals(column.Name, name, StringComparison.OrdinalIgnoreCase))
        ?? throw new EtlException(
            FailureCodes.KeyColumnMissing, FailureKind.InvalidCall, $"-Key names '{name}', which is no column of the table '{table}'.");

    /// <summary>The rows of the next result.</summary>
    private static async ValueTask<List<T>> ReadAllAsync<T>(SqlDataReader reader, Func<SqlDataReader, T> read, CancellationToken cancellationToken)
    {
        await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
        var rows = new List<T>();
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            rows.Add(read(reader));
        return rows;
    }
}
