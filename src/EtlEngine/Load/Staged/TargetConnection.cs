using System.Data;
using System.Data.Common;

namespace EtlTools.Engine.Load.Staged;

/// <summary>
/// The target's own connection, which no writer uses: it describes and changes the table. If it was closed or lost, it is opened again.
/// </summary>
/// <param name="connection">The open connection, which this object then owns.</param>
/// <param name="openAsync">Opens another one.</param>
/// <param name="translate">The meaning of a driver's error.</param>
internal sealed class TargetConnection<TConnection>(
    TConnection connection, Func<CancellationToken, ValueTask<TConnection>> openAsync, Func<DbException, Exception> translate) : IAsyncDisposable where TConnection : DbConnection
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private TConnection _connection = connection;

    /// <summary>Uses the connection, one call at a time.</summary>
    public async ValueTask<T> UseAsync<T>(Func<TConnection, ValueTask<T>> use, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_connection.State != ConnectionState.Open)
            {
                await _connection.DisposeAsync().ConfigureAwait(false);
                _connection = await openAsync(cancellationToken).ConfigureAwait(false);
            }
            return await use(_connection).ConfigureAwait(false);
        }
        catch (DbException e)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw translate(e);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Closes the connection until it is used again.</summary>
    public async ValueTask CloseAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await _connection.CloseAsync().ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _connection.DisposeAsync().ConfigureAwait(false);
        _turn.Dispose();
    }
}
