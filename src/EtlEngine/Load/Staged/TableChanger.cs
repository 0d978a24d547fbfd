using System.Data.Common;
using System.Runtime.CompilerServices;

namespace EtlTools.Engine.Load.Staged;

/// <summary>Widens columns over a connection of its own: reads and changes the table while nobody else uses it.</summary>
/// <param name="open">The connection.</param>
/// <param name="readAsync">Reads the current table.</param>
internal abstract class TableChanger(DbConnection open, Func<ValueTask<StagedTable>> readAsync)
{
    /// <summary>Begins a transaction in which nobody else can use the table.</summary>
    protected abstract string Begin { get; }

    protected abstract string Commit { get; }

    protected abstract string Rollback { get; }

    /// <summary>Changes the columns, or none if the server refuses one.</summary>
    /// <param name="choose">Selects columns of the table that was read.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    public async ValueTask<StagedChange> ChangeAsync(Func<StagedTable, IReadOnlyList<ColumnChange>> choose, CancellationToken cancellationToken)
    {
        bool ended = false;
        try
        {
            await RunAsync(Begin, cancellationToken).ConfigureAwait(false);
            StagedTable table = await readAsync().ConfigureAwait(false);
            IReadOnlyList<ColumnChange> chosen = choose(table);
            foreach (ColumnChange change in chosen)
            {
                try
                {
                    // Some changes rewrite the table, which may take any time.
                    await RunAsync(table.AlterStatement(change.To), cancellationToken, timeout: 0).ConfigureAwait(false);
                }
                catch (DbException e) when (Refusal(e) is { } reason)
                {
                    return new StagedChange(table, [], change, reason);
                }
            }
            if (chosen.Count > 0)
                table = await readAsync().ConfigureAwait(false);
            await RunAsync(Commit, cancellationToken).ConfigureAwait(false);
            ended = true;
            return new StagedChange(table, chosen);
        }
        finally
        {
            if (!ended)
                await EndAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Why the server refuses; null for an error of another kind.</summary>
    protected abstract string? Refusal(DbException error);

    private async ValueTask RunAsync(string sql, CancellationToken cancellationToken, int? timeout = null)
    {
        DbCommand command = open.CreateCommand();
        await using ConfiguredAsyncDisposable disposing = command.ConfigureAwait(false);
        command.CommandText = sql;
        command.CommandTimeout = timeout ?? command.CommandTimeout;
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask EndAsync()
    {
        try
        {
            await RunAsync(Rollback, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e) when (e is DbException or InvalidOperationException)
        {
            // Closing rolls back as well, and the next use opens it again.
            await open.CloseAsync().ConfigureAwait(false);
        }
    }
}
