using System.Data.Common;
using EtlTools.Engine.Load;

namespace EtlTools.Engine.Extract.Sql;

/// <summary>A statement whose rows are being read, with its own connection.</summary>
internal sealed class QueryRun : IAsyncDisposable
{
    private DbCommand _command;
    private CancellationTokenRegistration _stopping;

    private QueryRun(QuerySession session, DbCommand command, DbDataReader reader, CancellationTokenRegistration stopping)
    {
        Session = session;
        Reader = reader;
        Readers = session.ReadersOf(reader);
        _command = command;
        _stopping = stopping;
    }

    public QuerySession Session { get; }

    public DbDataReader Reader { get; private set; }

    /// <summary>The readers of the columns' values.</summary>
    public SqlValueReader[] Readers { get; private set; }

    /// <summary>Whether all rows were read. If not, the database is told to stop, because a driver otherwise reads to the end.</summary>
    public bool IsRead { get; set; }

    /// <summary>Runs a statement.</summary>
    public static async ValueTask<QueryRun> StartAsync(QuerySession session, DbCommand command, CancellationToken cancellationToken)
    {
        CancellationTokenRegistration stopping = cancellationToken.Register(() => session.Interrupt(command));
        try
        {
            DbDataReader reader = await session.ReadAsync(command, cancellationToken).ConfigureAwait(false);
            return new QueryRun(session, command, reader, stopping);
        }
        catch
        {
            await stopping.DisposeAsync().ConfigureAwait(false);
            await command.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Runs another statement in the same transaction, after this one was read to its end.</summary>
    /// <exception cref="Exception">The <see cref="EtlException"/> or <see cref="TransientTargetException"/> of the database's error.</exception>
    public async ValueTask GoOnAsync(Func<QuerySession, DbCommand> statement, CancellationToken cancellationToken)
    {
        await CloseAsync().ConfigureAwait(false);
        try
        {
            QueryRun next = await StartAsync(Session, statement(Session), cancellationToken).ConfigureAwait(false);
            (_command, _stopping, Reader, Readers, IsRead) = (next._command, next._stopping, next.Reader, next.Readers, false);
        }
        catch (DbException e)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw Session.Translate(e);
        }
    }

    /// <summary>Ends the statement and keeps the connection.</summary>
    public async ValueTask CloseAsync()
    {
        await _stopping.DisposeAsync().ConfigureAwait(false);
        await Reader.DisposeAsync().ConfigureAwait(false);
        await _command.DisposeAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stopping.DisposeAsync().ConfigureAwait(false);
        try
        {
            // Not on the calling thread, which may be the one that stops the pipeline: a driver waits for its server.
            if (!IsRead)
                await Task.Run(() => Session.Interrupt(_command)).ConfigureAwait(false);
            await Reader.DisposeAsync().ConfigureAwait(false);
        }
        catch (DbException)
        {
            // A stopped statement and a lost connection both throw; the run is closed anyway.
        }
        await _command.DisposeAsync().ConfigureAwait(false);
        await Session.DisposeAsync().ConfigureAwait(false);
    }
}
