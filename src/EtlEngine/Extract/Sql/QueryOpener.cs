using System.Data.Common;
using EtlTools.Engine.Load;

namespace EtlTools.Engine.Extract.Sql;

/// <summary>Connects, begins a transaction and runs a statement, and retries that while the outage budget lasts.</summary>
internal sealed class QueryOpener(SqlSourceOptions options, SqlPlan plan, SqlRows rows, LoadRetries retries)
{
    private readonly IDialect _dialect = Dialects.Get(options.Target);

    /// <summary>Runs a statement over a new connection.</summary>
    /// <exception cref="EtlException">The statement cannot work, it takes too long, or the outage budget is spent.</exception>
    public ValueTask<QueryRun> OpenAsync(Func<QuerySession, DbCommand> statement, CancellationToken cancellationToken) =>
        retries.RunAsync(token => OpenOnceAsync(statement, token), cancellationToken);

    private async ValueTask<QueryRun> OpenOnceAsync(Func<QuerySession, DbCommand> statement, CancellationToken cancellationToken)
    {
        QuerySession session = await _dialect.OpenQueryAsync(options.Target, cancellationToken).ConfigureAwait(false);
        try
        {
            await session.ExecuteAsync(session.Begin(options.IsSnapshot), cancellationToken).ConfigureAwait(false);
            await DescribeAsync(session, cancellationToken).ConfigureAwait(false);
            return await QueryRun.StartAsync(session, statement(session), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            Exception reason = e is DbException error ? session.Translate(error) : e;
            if (reason is TransientTargetException { IsTimeout: true } late)
                reason = QueryFailures.TooLong(late);
            await session.DisposeAsync().ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            if (ReferenceEquals(reason, e))
                throw;
            throw reason;
        }
    }

    /// <summary>Reads the table's columns, before the first of its rows.</summary>
    private async ValueTask DescribeAsync(QuerySession session, CancellationToken cancellationToken)
    {
        if (rows.Schema is not null || plan.Describe(session) is not { } text)
            return;
        try
        {
            var run = await QueryRun.StartAsync(session, session.NewCommand(text, []), cancellationToken).ConfigureAwait(false);
            try
            {
                rows.Take(run.Reader);
            }
            finally
            {
                await run.CloseAsync().ConfigureAwait(false);
            }
            if (rows.TextKeys is { Count: > 0 } texts)
                rows.TakeLoose(await session.LooseTextsAsync(plan.Table!, texts, cancellationToken).ConfigureAwait(false));
        }
        catch (DbException e) when (session.Translate(e) is EtlException refused)
        {
            // The transaction is unusable now, and the catalog is read outside it.
            QuerySession other = await _dialect.OpenQueryAsync(options.Target, cancellationToken).ConfigureAwait(false);
            await using var closing = other.ConfigureAwait(false);
            string hint = refused.Code == FailureCodes.UnknownColumn
                ? await other.Names.HintAsync(plan.Table!, options.Columns, cancellationToken).ConfigureAwait(false)
                : await other.Names.HintAsync(plan.Table!, cancellationToken).ConfigureAwait(false);
            throw new EtlException(refused.Code, refused.Kind, refused.Message + hint);
        }
    }
}
