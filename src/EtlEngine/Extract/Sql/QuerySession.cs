using System.Data;
using System.Data.Common;
using EtlTools.Engine.Load;

namespace EtlTools.Engine.Extract.Sql;

/// <summary>An open connection from which rows are read, and what its kind of database does in its own way.</summary>
/// <param name="connection">The connection; it is taken over.</param>
internal abstract class QuerySession(DbConnection connection) : IAsyncDisposable
{
    /// <summary>The connection.</summary>
    protected DbConnection Connection => connection;

    /// <summary>The database as messages show it, without a user.</summary>
    public abstract string Database { get; }

    /// <summary>Whether (a, b) &gt; (x, y) can be written.</summary>
    public virtual bool ComparesRows => true;

    /// <summary>A name as SQL has it.</summary>
    public abstract string Quote(string name);

    /// <summary>A table's name as SQL has it.</summary>
    public string Quote(TableName table) => table.Schema is null ? Quote(table.Name) : $"{Quote(table.Schema)}.{Quote(table.Name)}";

    /// <summary>What begins a transaction in which nothing is written.</summary>
    /// <param name="isSnapshot">Whether all that is read is as it was at one moment.</param>
    public abstract string Begin(bool isSnapshot);

    /// <summary>What the database's names are asked with, for the name that may have been meant.</summary>
    public abstract CatalogSql Catalog { get; }

    /// <summary>What an error of the driver means: a <see cref="TransientTargetException"/>, or the <see cref="EtlException"/> that ends the run.</summary>
    public abstract Exception Translate(DbException error);

    /// <summary>Whether an exception came because the connection is lost, which a driver does not always say by an error of its own.</summary>
    public bool IsLoss(Exception e) => e is InvalidOperationException && connection.State != ConnectionState.Open;

    /// <summary>Stops the statement that is under way, from another thread.</summary>
    public virtual void Interrupt(DbCommand command) => command.Cancel();

    /// <summary>Reads on to the next row.</summary>
    public virtual ValueTask<bool> ReadAsync(DbDataReader reader, CancellationToken cancellationToken) => new(reader.ReadAsync(cancellationToken));

    /// <summary>What reads the values of each column of a result.</summary>
    public SqlValueReader[] ReadersOf(DbDataReader reader) => [.. Enumerable.Range(0, reader.FieldCount).Select(column => ReaderOf(reader, column))];

    /// <summary>What reads the values of a column.</summary>
    protected virtual SqlValueReader ReaderOf(DbDataReader reader, int column) => ReadAsItIs;

    /// <summary>A value as the driver gives it.</summary>
    protected static object? ReadAsItIs(DbDataReader reader, int column) => reader.GetValue(column) is var value && value is DBNull ? null : value;

    /// <summary>Whether an exception says that .NET cannot hold a value.</summary>
    public static bool IsFaultOfValue(Exception e) => e is OverflowException or InvalidCastException or FormatException or ArgumentException or NotSupportedException;

    /// <summary>A statement with parameters.</summary>
    public DbCommand NewCommand(string text, IEnumerable<SqlParameterValue> parameters)
    {
        DbCommand command = connection.CreateCommand();
        command.CommandText = text;
        foreach (SqlParameterValue given in parameters)
        {
            DbParameter parameter = command.CreateParameter();
            parameter.ParameterName = given.Name;
            SetValue(parameter, given);
            command.Parameters.Add(parameter);
        }
        return command;
    }

    /// <summary>Gives a parameter its value.</summary>
    protected virtual void SetValue(DbParameter parameter, SqlParameterValue given) => parameter.Value = given.Value ?? DBNull.Value;

    /// <summary>Runs a statement without rows.</summary>
    public async ValueTask ExecuteAsync(string text, CancellationToken cancellationToken)
    {
        DbCommand command = NewCommand(text, []);
        await using var disposing = command.ConfigureAwait(false);
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The near name of a table that does not exist, as a sentence; empty if there is none.</summary>
    public ValueTask<string> HintAsync(TableName table, CancellationToken cancellationToken) =>
        new TargetCatalog(connection, Catalog).HintAsync(table, cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => connection.DisposeAsync();
}

/// <summary>Reads a value as records have it.</summary>
/// <exception cref="Exception">.NET cannot hold it: one of <see cref="QuerySession.IsFaultOfValue"/>.</exception>
internal delegate object? SqlValueReader(DbDataReader reader, int column);

/// <summary>The value of a parameter.</summary>
/// <param name="Name">Its name without @.</param>
/// <param name="Value">The value, or null.</param>
/// <param name="DataType">The database's own type of the column that it is compared with; null if it is unknown.</param>
internal readonly record struct SqlParameterValue(string Name, object? Value, string? DataType = null);
