using System.Data.Common;

namespace EtlTools.Engine.Extract.Sql;

/// <summary>A statement whose rows are being read, and the connection that it has to itself.</summary>
internal sealed class QueryRun : IAsyncDisposable
{
    private readonly DbCommand _command;
    private readonly CancellationTokenRegistration _stopping;

    private QueryRun(QuerySession session, DbCommand command, DbDataReader reader, CancellationTokenRegistration stopping)
    {
        Session = session;
        Reader = reader;
        Readers = session.ReadersOf(reader);
        _command = command;
        _stopping = stopping;
    }

    public QuerySession Session { get; }

    public DbDataReader Reader { get; }

    /// <summary>What reads the values of each column.</summary>
    public SqlValueReader[] Readers { get; }

    /// <summary>Whether all rows were read; otherwise the database is told to stop, since a driver reads to the end by itself.</summary>
    public bool IsRead { get; set; }

    /// <summary>Runs a statement.</summary>
    public static async ValueTask<QueryRun> StartAsync(QuerySession session, DbCommand command, CancellationToken cancellationToken)
    {
        CancellationTokenRegistration stopping = cancellationToken.Register(() => session.Interrupt(command));
        try
        {
            DbDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            return new QueryRun(session, command, reader, stopping);
        }
        catch
        {
            await stopping.DisposeAsync().ConfigureAwait(false);
            await command.DisposeAsync().ConfigureAwait(false);
            throw;
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
            // Not on the thread that asks for it, which may be the one that stops the pipeline: a driver waits for its server.
            if (!IsRead)
                await Task.Run(() => Session.Interrupt(_command)).ConfigureAwait(false);
            await Reader.DisposeAsync().ConfigureAwait(false);
        }
        catch (DbException)
        {
            // A statement that was stopped says so, and a lost connection too; it is closed all the same.
        }
        await _command.DisposeAsync().ConfigureAwait(false);
        await Session.DisposeAsync().ConfigureAwait(false);
    }
}
