using System.Data;
using System.Runtime.CompilerServices;
using Microsoft.Data.SqlClient;

namespace EtlTools.Engine.Load.SqlServer;

/// <summary>Reads the target's description from the server, and checks that it can be loaded into.</summary>
internal static class SqlServerTableReader
{
    /// <summary>The table, or null if it does not exist or this login may not see it.</summary>
    /// <exception cref="EtlException">It cannot be loaded into.</exception>
    public static async ValueTask<SqlServerTable?> ReadAsync(
        SqlConnection connection, TableName wanted, LoadOptions options, CancellationToken cancellationToken)
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
        bool isWatched = reader.GetBoolean(7);
        bool hasConstraints = reader.GetBoolean(8);
        bool hasIndexedView = reader.GetBoolean(9);
        List<TargetColumn> columns = await ReadAllAsync(reader, row => ReadColumn(row, options), cancellationToken).ConfigureAwait(false);
        List<IndexPart> parts =
            await ReadAllAsync(reader, row => new IndexPart(row.GetInt32(0), row.GetString(1), row.GetBoolean(2), row.GetString(3), row.GetBoolean(4)), cancellationToken).ConfigureAwait(false);
        List<SqlServerConstraint> constraints = await ReadAllAsync(
            reader, row => new SqlServerConstraint(row.GetString(0), row.GetBoolean(1), row.IsDBNull(2) ? null : row.GetString(2)), cancellationToken).ConfigureAwait(false);
        List<string> rights = await ReadAllAsync(reader, row => row.GetString(0), cancellationToken).ConfigureAwait(false);
        RequireRights(rights, name, options, columns);
        TargetColumn[] key = [.. options.Key.Select(column => FindKey(columns, column, name))];
        constraints.AddRange(parts.GroupBy(part => part.Index)
            .Select(index => new SqlServerConstraint(index.First().Name, IsCheck: false, index.Count() == 1 ? index.First().Column : null)));
        ILookup<bool, HashSet<string>> unique = parts.GroupBy(part => (part.Index, part.IsFiltered))
            .ToLookup(index => index.Key.IsFiltered, index => index.Select(part => part.Column).ToHashSet(StringComparer.Ordinal));
        var keyNames = key.Select(column => column.Name).ToHashSet(StringComparer.Ordinal);
        bool hasUniqueKey = key.Length > 0 && unique[false].Any(keyNames.SetEquals);
        RequireTold(parts, keyNames, name);
        // A unique index that includes the whole key cannot be violated by rows with different keys, nor can an index with a value that the
        // server generates. A computed column depends on the row.
        bool hasOtherUnique = hasIndexedView || unique.SelectMany(indexes => indexes).Any(index =>
            !(hasUniqueKey && index.IsSupersetOf(keyNames)) && columns.Exists(column => index.Contains(column.Name) && (!column.IsLeftOut || column.IsGenerated)));
        return new SqlServerTable
        {
            Name = name,
            Columns = columns,
            Key = key,
            HasUniqueKey = hasUniqueKey,
            Constraints = constraints,
            IsWatched = isWatched,
            OrderMatters = hasOtherUnique || isWatched,
            EachRowCounts = hasOtherUnique || isWatched || hasConstraints || columns.Exists(column => column.Type.IsReadByServer),
            HasHashableKey = Array.TrueForAll(key, column => column.Type.IsHashable),
        };
    }

    private static void RequireTable(SqlDataReader row, TableName name)
    {
        string type = row.GetString(2).Trim();
        if (type != "U")
        {
            string kind = type switch { "V" => "view", "SN" => "synonym", "IT" or "S" => "system table", _ => "database object that is not a table" };
            string instead = row.IsDBNull(3) ? "" : $" It refers to {row.GetString(3)}: use that name.";
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
                $"The database '{row.GetString(6)}' is read-only. Connect to the primary replica, or have it set to READ_WRITE.");
    }

    private static void RequireRights(List<string> rights, TableName name, LoadOptions options, List<TargetColumn> columns)
    {
        // Rows that are deleted must be found: DELETE reads the columns of its conditions, and the table lock is taken by a SELECT.
        bool looksUp = options.Key.Count > 0 || options.IsOneTransaction;
        bool updates = (options.Key.Count > 0 && !options.InsertOnly) || options.DeletedColumn is not null;
        bool deletes = options.IsOneTransaction && options.DeletedColumn is null;
        // SET IDENTITY_INSERT needs ALTER: https://learn.microsoft.com/sql/t-sql/statements/set-identity-insert-transact-sql#permissions
        bool setsIdentity = options.Specific is SqlServerOptions { KeepIdentity: true } && columns.Exists(column => column.IsIdentity);
        string[] missing = [.. new[] { looksUp ? "SELECT" : null, "INSERT", updates ? "UPDATE" : null, deletes ? "DELETE" : null, setsIdentity ? "ALTER" : null }.OfType<string>().Except(rights)];
        if (missing.Length > 0)
            throw new EtlException(
                FailureCodes.AccessDenied, FailureKind.PermissionDenied,
                $"This login lacks the right to {string.Join(" and ", missing)} on the table '{name}'{(missing is ["ALTER"] ? ", which -KeepIdentity needs" : "")}. Grant it, or use another -Credential.");
    }

    /// <summary>Throws where the server would drop a row without a word: what another unique index with IGNORE_DUP_KEY does
    /// (https://learn.microsoft.com/sql/t-sql/statements/create-index-transact-sql#ignore_dup_key---on--off-).</summary>
    private static void RequireTold(List<IndexPart> parts, HashSet<string> key, TableName name)
    {
        IGrouping<int, IndexPart>? dropping = parts.Where(part => part.Ignores).GroupBy(part => part.Index).FirstOrDefault(index => key.Count == 0 || !key.IsSubsetOf(index.Select(part => part.Column)));
        if (dropping is not null)
            throw new EtlException(
                FailureCodes.InvalidParameter, FailureKind.InvalidCall,
                $"-Table '{name}' has the unique index '{dropping.First().Name}' with IGNORE_DUP_KEY: the server would drop rows without a word. Take that from it: ALTER INDEX … REBUILD WITH (IGNORE_DUP_KEY = OFF).");
    }

    private static TargetColumn ReadColumn(SqlDataReader row, LoadOptions options)
    {
        string name = row.GetString(0);
        bool keepIdentity = options.Specific is SqlServerOptions { KeepIdentity: true };
        SqlServerType type = SqlServerTypes.Of(row.GetString(1), row.GetInt16(2), row.GetByte(3), row.GetByte(4)) with { Collation = row.IsDBNull(5) ? null : row.GetString(5) };
        if (type is SqlServerCodePageText text && !row.IsDBNull(6))
            type = text with { Encoding = CodePages.Of(row.GetInt32(6)) };
        if (type is SqlServerFloat number)
            type = number with { IsExact = options.MayWiden(name) };
        bool isIdentity = row.GetBoolean(8);
        bool isEncrypted = row.GetBoolean(11);
        return new TargetColumn
        {
            Name = name,
            DeclaredType = type.Sql,
            Type = type,
            NotNull = !row.GetBoolean(7),
            IsIdentity = isIdentity,
            KeepsValue = isIdentity,
            IsGenerated = row.GetBoolean(12),
            IsLeftOut = row.GetBoolean(9) || (isIdentity && !keepIdentity),
            HasDefault = row.GetBoolean(10),
            Refusal = isEncrypted ? "is encrypted by Always Encrypted, which the loader does not support"
                : type is SqlServerUnknown ? $"has the type {type.Sql}, which the loader does not support"
                : null,
        };
    }

    private static TargetColumn FindKey(List<TargetColumn> columns, string name, TableName table)
    {
        TargetColumn column = TargetTable.FindIn(columns, name) ?? throw ColumnFaults.KeyUnknown(name, table, columns);
        string? problem =
            column.Refusal
            ?? (column.IsLeftOut && column.IsIdentity ? "is numbered by the server, so new rows would get other keys. Use -KeepIdentity to load the keys of the records"
            : column.IsLeftOut ? "gets its value from the server"
            : column.Type is SqlServerXml || column.Type.Sql is "text" or "ntext" or "image" or "json" ? $"has the type {column.Type.Sql}, by which rows cannot be compared"
            : null);
        return problem is null ? column : throw new EtlException(
            FailureCodes.InvalidParameter, FailureKind.InvalidCall, $"-Key names '{column.Name}', which {problem}.");
    }

    /// <summary>A column of a unique index.</summary>
    private readonly record struct IndexPart(int Index, string Column, bool IsFiltered, string Name, bool Ignores);

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
