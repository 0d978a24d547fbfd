using System.Data.Common;
using System.Runtime.CompilerServices;

namespace EtlTools.Engine.Load;

/// <summary>What the shares of a load store beside their watermarks: a plan under the load's name, and counters in the row that says which
/// run owns a share's name.</summary>
internal sealed partial class WatermarkStore
{
    /// <summary>The source id of a plan's row.</summary>
    private const string PlanId = "#plan";

    /// <summary>Runs statements as one transaction.</summary>
    public async ValueTask<T> TransactAsync<T>(Func<ValueTask<T>> statements, CancellationToken cancellationToken)
    {
        try
        {
            DbTransaction transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
            await using ConfiguredAsyncDisposable disposing = transaction.ConfigureAwait(false);
            T result = await statements().ConfigureAwait(false);
            await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
            return result;
        }
        catch (DbException e)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw translate(e);
        }
    }

    /// <summary>The plan of a name, or null.</summary>
    public async ValueTask<string?> ReadPlanAsync(string name, CancellationToken cancellationToken) =>
        await ExistsAsync(cancellationToken).ConfigureAwait(false)
            ? await TextAsync($"SELECT value_text FROM {sql.Table} WHERE name = @name AND source_id = '{PlanId}'", name, cancellationToken).ConfigureAwait(false)
            : null;

    /// <summary>The plan of a name, or null. Nobody else can change it until the transaction ends.</summary>
    public async ValueTask<string?> LockPlanAsync(string name, CancellationToken cancellationToken)
    {
        await ExecuteAsync(
            $"INSERT INTO {sql.Table} AS w (name, source_id, source, fingerprint, line_number, byte_offset, row_number, updated_at, run_id, run_sequence) "
            + $"VALUES (@name, '{PlanId}', '', '', 0, 0, 0, '', '', 0) ON CONFLICT (name, source_id) DO UPDATE SET run_sequence = w.run_sequence + 1",
            cancellationToken, ("name", name)).ConfigureAwait(false);
        return await ReadPlanAsync(name, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Writes the plan of a locked name.</summary>
    public async ValueTask WritePlanAsync(string name, string plan, DateTimeOffset now, CancellationToken cancellationToken) => await ExecuteAsync(
        $"UPDATE {sql.Table} SET value_text = @plan, updated_at = @now WHERE name = @name AND source_id = '{PlanId}'",
        cancellationToken, ("name", name), ("plan", plan), ("now", Format(now))).ConfigureAwait(false);

    /// <summary>The counters of a share, or null.</summary>
    public ValueTask<string?> ReadCountsAsync(string name, CancellationToken cancellationToken) =>
        TextAsync($"SELECT value_text FROM {sql.Table} WHERE name = @name AND source_id = '{OwnerId}'", name, cancellationToken);

    /// <summary>Writes the counters of a share, for the run that owns its name.</summary>
    /// <exception cref="EtlException">Another run has taken over the name.</exception>
    public async ValueTask WriteCountsAsync(string name, Guid run, string counts, CancellationToken cancellationToken)
    {
        int written = await ExecuteAsync(
            $"UPDATE {sql.Table} SET value_text = @counts WHERE name = @name AND source_id = '{OwnerId}' AND run_id = @run",
            cancellationToken, ("name", name), ("counts", counts), ("run", run.ToString())).ConfigureAwait(false);
        if (written == 0)
            throw WatermarkFailures.InUse(name);
    }

    /// <summary>Removes all rows of a name except its plan.</summary>
    public async ValueTask RemoveNameAsync(string name, CancellationToken cancellationToken) => await ExecuteAsync(
        $"DELETE FROM {sql.Table} WHERE name = @name AND source_id <> '{PlanId}'", cancellationToken, ("name", name)).ConfigureAwait(false);

    private async ValueTask<string?> TextAsync(string text, string name, CancellationToken cancellationToken) =>
        await RunAsync(text, [("name", name)], command => command.ExecuteScalarAsync(cancellationToken), cancellationToken).ConfigureAwait(false) as string;
}
