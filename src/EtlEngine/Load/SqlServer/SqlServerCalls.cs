using System.Data;
using System.Data.Common;
using System.Data.SqlTypes;
using System.Runtime.CompilerServices;
using Microsoft.Data.SqlClient;

namespace EtlTools.Engine.Load.SqlServer;

/// <summary>The calls of one writer over its connection, which record whether the connection is still usable.</summary>
internal sealed class SqlServerCalls(SqlServerTarget target) : IAsyncDisposable
{
    private SqlConnection? _connection;
    private SqlTransaction? _transaction;

    public bool IsOpen => _connection is { State: ConnectionState.Open };

    public bool HasConnection => _connection is not null;

    /// <summary>Whether the last call failed with an error of the server, after which a rollback is enough.</summary>
    public bool IsClean { get; set; }

    public SqlConnection Connection => _connection ?? throw SqlServerFailures.Broken(target.Connector);

    public async ValueTask OpenAsync(CancellationToken cancellationToken)
    {
        await DisposeAsync().ConfigureAwait(false);
        _connection = await target.Connector.OpenAsync(cancellationToken).ConfigureAwait(false);
        IsClean = true;
    }

    /// <summary>The transaction that the driver has begun; null for none.</summary>
    public SqlTransaction? Transaction => _transaction;

    /// <summary>Lets the driver begin a transaction for all following calls. It waits only for the network.</summary>
    public async ValueTask BeginTransactionAsync(CancellationToken cancellationToken) => await RunAsync(
        async () => _transaction = (SqlTransaction)await Connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);

    public async ValueTask DisposeAsync()
    {
        // The server rolls back the open transaction of a closed connection.
        _transaction = null;
        if (_connection is { } connection)
        {
            _connection = null;
            await connection.DisposeAsync().ConfigureAwait(false);
        }
    }

    public ValueTask<int> ExecuteAsync(string text, CancellationToken cancellationToken, int? timeout = null) => RunAsync(
        async () =>
        {
            SqlCommand command = NewCommand(text, timeout);
            await using ConfiguredAsyncDisposable disposing = command.ConfigureAwait(false);
            return await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        },
        cancellationToken);

    /// <summary>Reads rows.</summary>
    /// <param name="text">The statement.</param>
    /// <param name="parameters">Its parameters.</param>
    /// <param name="read">Reads a row.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <param name="firstColumn">The first column of the results to read; null for all. Results of a trigger come before those of the
    /// statement.</param>
    /// <param name="timeout">The time-out in seconds, 0 for none; null for the load's.</param>
    public ValueTask<List<T>> QueryAsync<T>(
        string text, List<SqlParameter> parameters, Func<SqlDataReader, T> read, CancellationToken cancellationToken, string? firstColumn = null, int? timeout = null) => RunAsync(
        async () =>
        {
            SqlCommand command = NewCommand(text, timeout);
            await using ConfiguredAsyncDisposable disposing = command.ConfigureAwait(false);
            command.Parameters.AddRange([.. parameters]);
            SqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using ConfiguredAsyncDisposable closing = reader.ConfigureAwait(false);
            var rows = new List<T>();
            do
            {
                bool isOwn = firstColumn is null || (reader.FieldCount > 0 && reader.GetName(0) == firstColumn);
                while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    if (isOwn)
                        rows.Add(read(reader));
                }
            }
            while (await reader.NextResultAsync(cancellationToken).ConfigureAwait(false));
            return rows;
        },
        cancellationToken);

    /// <summary>Calls the server, and records whether the connection is still usable.</summary>
    /// <exception cref="EtlException">The driver does not accept a value.</exception>
    public async ValueTask<T> RunAsync<T>(Func<Task<T>> call, CancellationToken cancellationToken)
    {
        IsClean = false;
        try
        {
            T result = await call().ConfigureAwait(false);
            IsClean = true;
            return result;
        }
        catch (SqlException e)
        {
            SqlServerErrorKind kind = SqlServerErrors.KindOf(e, out SqlError? cause);
            IsClean = Connection.State == ConnectionState.Open && !cancellationToken.IsCancellationRequested
                && (kind is SqlServerErrorKind.Data or SqlServerErrorKind.Fatal || SqlServerTransientErrors.IsContention(cause!.Number));
            throw;
        }
        catch (InvalidOperationException e)
        {
            // The driver throws this if the connection was closed during its work, without always reporting the closed state.
            cancellationToken.ThrowIfCancellationRequested();
            if (await IsBrokenAsync(cancellationToken).ConfigureAwait(false))
                throw SqlServerFailures.Broken(target.Connector);
            // If a value could not be converted, there is an inner exception. Without one the error is not about a value, but for example
            // about a column that no longer exists.
            throw e.InnerException is null ? SqlServerFailures.NotWorked(target.Connector) : SqlServerFailures.NotSent(target.Connector);
        }
        catch (Exception e) when (e is SqlTypeException or ArgumentException or InvalidCastException or FormatException or ArithmeticException)
        {
            // The exceptions by which the driver reports a failed conversion. Their text quotes the value.
            cancellationToken.ThrowIfCancellationRequested();
            throw SqlServerFailures.NotSent(target.Connector);
        }
    }

    private SqlCommand NewCommand(string text, int? timeout)
    {
        SqlCommand command = target.NewCommand(Connection, text);
        command.Transaction = _transaction;
        command.CommandTimeout = timeout ?? command.CommandTimeout;
        return command;
    }

    private async ValueTask<bool> IsBrokenAsync(CancellationToken cancellationToken)
    {
        if (!IsOpen)
            return true;
        try
        {
            SqlCommand command = NewCommand(SqlServerSql.Probe, null);
            await using ConfiguredAsyncDisposable disposing = command.ConfigureAwait(false);
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            return false;
        }
        catch (Exception e) when (e is DbException or InvalidOperationException)
        {
            return true;
        }
    }
}
