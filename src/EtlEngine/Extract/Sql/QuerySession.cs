using System.Data;
using System.Data.Common;
using EtlTools.Engine.Load;

namespace EtlTools.Engine.Extract.Sql;

/// <summary>An open connection from which rows are read, with everything that depends on the kind of database.</summary>
/// <param name="connection">The connection, which this object then owns.</param>
internal abstract class QuerySession(DbConnection connection) : IAsyncDisposable
{
    /// <summary>The connection.</summary>
    protected DbConnection Connection => connection;

    /// <summary>The database as messages show it, without a user.</summary>
    public abstract string Database { get; }

    /// <summary>Whether (a, b) &gt; (x, y) can be written.</summary>
    public virtual bool ComparesRows => true;

    /// <summary>Which columns of a table may have texts that are equal for the database though their characters differ, as in case. All
    /// of them if it is unknown.</summary>
    public virtual ValueTask<IReadOnlyCollection<string>> LooseTextsAsync(TableName table, IReadOnlyList<string> columns, CancellationToken cancellationToken) =>
        ValueTask.FromResult<IReadOnlyCollection<string>>(columns);

    /// <summary>The values of a type, beside null, that have no place in an order which later runs continue: NaN and infinity, after which no row
    /// would be new. Their literals, separated by commas; null if there are none.</summary>
    /// <param name="dataType">The type of a column, as the driver names it.</param>
    public virtual string? Placeless(string dataType) => null;

    /// <summary>A name, quoted for SQL.</summary>
    public abstract string Quote(string name);

    /// <summary>A table's name, quoted for SQL.</summary>
    public string Quote(TableName table) => table.Schema is null ? Quote(table.Name) : $"{Quote(table.Schema)}.{Quote(table.Name)}";

    /// <summary>Begins a transaction that writes nothing.</summary>
    /// <param name="isSnapshot">Whether all rows are read as they were at one moment.</param>
    public abstract string Begin(bool isSnapshot);

    /// <summary>The catalog of the database, for suggestions of similar names.</summary>
    public abstract CatalogSql Catalog { get; }

    /// <summary>The meaning of a driver's error: a <see cref="TransientTargetException"/>, or the <see cref="EtlException"/> that ends the
    /// run.</summary>
    public abstract Exception Translate(DbException error);

    /// <summary>Whether an exception means a lost connection; drivers do not always use their own exceptions for it.</summary>
    public bool IsLoss(Exception e) => e is InvalidOperationException && connection.State != ConnectionState.Open;

    /// <summary>Stops the current statement, from another thread.</summary>
    public virtual void Interrupt(DbCommand command) => command.Cancel();

    /// <summary>Runs a statement with rows.</summary>
    public virtual ValueTask<DbDataReader> ReadAsync(DbCommand command, CancellationToken cancellationToken) => new(command.ExecuteReaderAsync(cancellationToken));

    /// <summary>Reads the next row.</summary>
    public virtual ValueTask<bool> ReadAsync(DbDataReader reader, CancellationToken cancellationToken) => new(reader.ReadAsync(cancellationToken));

    /// <summary>The readers for the columns of a result.</summary>
    public SqlValueReader[] ReadersOf(DbDataReader reader) => [.. Enumerable.Range(0, reader.FieldCount).Select(column => ReaderOf(reader, column))];

    /// <summary>The reader for the values of a column.</summary>
    protected virtual SqlValueReader ReaderOf(DbDataReader reader, int column) => ReadAsItIs;

    /// <summary>A value as the driver returns it.</summary>
    protected static object? ReadAsItIs(DbDataReader reader, int column) => reader.GetValue(column) is var value && value is DBNull ? null : value;

    /// <summary>Whether an exception means that .NET cannot represent a value.</summary>
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

    /// <summary>The names in the database. The session owns its connection.</summary>
    public TargetCatalog Names => new(connection, Catalog);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => connection.DisposeAsync();
}

/// <summary>Reads a value in the form of a record.</summary>
/// <exception cref="Exception">.NET cannot represent it: one of <see cref="QuerySession.IsFaultOfValue"/>.</exception>
internal delegate object? SqlValueReader(DbDataReader reader, int column);

/// <summary>The value of a parameter.</summary>
/// <param name="Name">Its name without @.</param>
/// <param name="Value">The value, or null.</param>
/// <param name="DataType">The database type of the column that it is compared with; null if unknown.</param>
/// <param name="IsWatermark">Whether it is the text of a watermark.</param>
internal readonly record struct SqlParameterValue(string Name, object? Value, string? DataType = null, bool IsWatermark = false);
