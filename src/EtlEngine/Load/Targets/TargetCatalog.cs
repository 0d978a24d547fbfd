using System.Data.Common;
using System.Runtime.CompilerServices;

namespace EtlTools.Engine.Load;

/// <summary>The queries for a database's catalog.</summary>
/// <param name="Tables">Returns schema and name of each table; no schema if the name alone finds it.</param>
/// <param name="Columns">Returns the names of the writable columns of the table @name in @schema, which may be null.</param>
internal sealed record CatalogSql(string Tables, string Columns);

/// <summary>The names in a database, for completion and for suggestions in messages.</summary>
internal sealed class TargetCatalog(DbConnection connection, CatalogSql sql) : IAsyncDisposable
{
    /// <summary>More names would not be read; of databases with more tables, only the first ones are used.</summary>
    private const int MaxNames = 2000;

    /// <summary>The time-out in seconds for a query that is only a convenience.</summary>
    private const int TimeoutSec = 2;

    /// <summary>The tables, as -Table takes them.</summary>
    public async ValueTask<IReadOnlyList<string>> TablesAsync(CancellationToken cancellationToken) =>
        [.. (await ReadAsync(sql.Tables, null, row => new TableName(row.IsDBNull(0) ? null : row.GetString(0), row.GetString(1)), cancellationToken).ConfigureAwait(false))
            .Select(table => table.ToArgument())];

    /// <summary>The writable columns of a table; none if the table does not exist.</summary>
    public ValueTask<List<string>> ColumnsAsync(TableName table, CancellationToken cancellationToken) =>
        ReadAsync(sql.Columns, table, row => row.GetString(0), cancellationToken);

    /// <summary>A sentence with the name of a similar table; empty if there is none or the catalog cannot be read.</summary>
    public ValueTask<string> HintAsync(TableName wanted, CancellationToken cancellationToken) => TryAsync(async () =>
    {
        IReadOnlyList<string> known = await TablesAsync(cancellationToken).ConfigureAwait(false);
        string hint = NearName.Hint(wanted.ToArgument(), known);
        return hint.Length == 0 && wanted.Schema is not null ? NearName.Hint(wanted.Name, known) : hint;
    });

    /// <summary>A sentence with the name of a column of a table that is similar to a wanted one that the table lacks; empty if there is
    /// none or the catalog cannot be read.</summary>
    public ValueTask<string> HintAsync(TableName table, IReadOnlyList<string> wanted, CancellationToken cancellationToken) => TryAsync(async () =>
    {
        List<string> known = await ColumnsAsync(table, cancellationToken).ConfigureAwait(false);
        return wanted.Except(known).Select(name => NearName.Hint(name, known)).FirstOrDefault(hint => hint.Length > 0, "");
    });

    private static async ValueTask<string> TryAsync(Func<ValueTask<string>> find)
    {
        try
        {
            return await find().ConfigureAwait(false);
        }
        catch (DbException)
        {
            // The original error is then reported without it.
            return "";
        }
    }

    public ValueTask DisposeAsync() => connection.DisposeAsync();

    private async ValueTask<List<T>> ReadAsync<T>(string text, TableName? table, Func<DbDataReader, T> read, CancellationToken cancellationToken)
    {
        DbCommand command = connection.CreateCommand();
        await using ConfiguredAsyncDisposable disposing = command.ConfigureAwait(false);
        command.CommandText = text;
        command.CommandTimeout = TimeoutSec;
        if (table is not null)
        {
            Add(command, "schema", table.Schema);
            Add(command, "name", table.Name);
        }
        var names = new List<T>();
        DbDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using ConfiguredAsyncDisposable closing = reader.ConfigureAwait(false);
        while (names.Count < MaxNames && await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            names.Add(read(reader));
        return names;
    }

    private static void Add(DbCommand command, string name, string? value)
    {
        DbParameter parameter = command.CreateParameter();
        parameter.ParameterName = name;
        parameter.DbType = System.Data.DbType.String;
        parameter.Value = (object?)value ?? DBNull.Value;
        command.Parameters.Add(parameter);
    }
}
