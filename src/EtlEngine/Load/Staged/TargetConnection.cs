using System.Data;
using System.Data.Common;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Load.Staged;

/// <summary>
/// The connection of a target that is no writer's: it describes and changes the table, and holds the claim on a watermark's
/// name for as long as it lives. It is opened anew, with its claim, where it was lost.
/// </summary>
/// <param name="connection">The open connection; it is taken over.</param>
/// <param name="openAsync">Opens another one.</param>
/// <param name="watermarkTable">The table that watermarks are kept in.</param>
/// <param name="lockAsync">Claims a name in that table for a connection, or throws where another run has it.</param>
/// <param name="translate">What an error of the driver means.</param>
internal sealed class TargetConnection<TConnection>(
    TConnection connection, Func<CancellationToken, ValueTask<TConnection>> openAsync, string watermarkTable,
    Func<TConnection, string, string, CancellationToken, ValueTask> lockAsync, Func<DbException, Exception> translate) : IAsyncDisposable where TConnection : DbConnection
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private TConnection _connection = connection;
    private (string Name, Guid Run)? _claim;

    /// <summary>The run that writes watermarks.</summary>
    public Guid Run => _claim?.Run ?? Guid.Empty;

    /// <summary>Claims a watermark's name.</summary>
    /// <returns>How far the sources of this name have been loaded.</returns>
    public ValueTask<IReadOnlyList<Watermark>> LockWatermarkAsync(string name, Guid run, Func<TConnection, WatermarkStore> storeOver, CancellationToken cancellationToken) => UseAsync(
        async open =>
        {
            await lockAsync(open, name, watermarkTable, cancellationToken).ConfigureAwait(false);
            WatermarkStore store = storeOver(open);
            await store.CreateAsync(cancellationToken).ConfigureAwait(false);
            await store.OwnAsync(name, run, cancellationToken).ConfigureAwait(false);
            _claim = (name, run);
            return await store.ReadAsync(name, cancellationToken).ConfigureAwait(false);
        },
        cancellationToken);

    /// <summary>Makes sure that the claim still holds after connections were lost.</summary>
    public async ValueTask KeepWatermarkLockAsync(CancellationToken cancellationToken)
    {
        if (_claim is not null)
            await UseAsync(_ => ValueTask.FromResult(true), cancellationToken).ConfigureAwait(false);
    }

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
                if (_claim is { } claim)
                    await lockAsync(_connection, claim.Name, watermarkTable, cancellationToken).ConfigureAwait(false);
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

    public async ValueTask DisposeAsync()
    {
        await _connection.DisposeAsync().ConfigureAwait(false);
        _turn.Dispose();
    }
}
