using System.Data.Common;
using EtlTools.Engine.Load.Staged;
using Npgsql;
using NpgsqlTypes;

namespace EtlTools.Engine.Load.Postgres;

/// <summary>
/// Finds staged rows with a key that the server cannot read: keys are compared outside of the statement that writes rows, where a
/// value that it refuses would end the load.
/// </summary>
internal sealed class PostgresKeyCheck(PostgresSource source, PostgresTable table, NpgsqlConnection connection)
{
    /// <summary>Takes them out of the staging table.</summary>
    /// <returns>The rows, and what is wrong with each.</returns>
    public async ValueTask<IReadOnlyList<(int Row, RowFault Fault)>> TakeOutAsync(StagedRows rows, CancellationToken cancellationToken)
    {
        TargetColumn[] read = [.. table.Key.Where(column => column.Type.IsReadByServer)];
        if (read.Length == 0 || rows.Numbers.Count == 0)
            return [];
        var all = new RowRange(rows.Numbers[0], rows.Numbers[^1] + 1);
        if (await TryReadAsync(read, all, cancellationToken, begins: true).ConfigureAwait(false) is null)
            return [];
        // Without rows it must work: else no row is to blame.
        if (await TryReadAsync(read, new RowRange(0, 0), cancellationToken).ConfigureAwait(false) is { } wrong)
            throw wrong.Error;
        var guilty = new List<(int Row, RowFault Fault)>();
        var left = new Stack<RowRange>([all]);
        while (left.TryPop(out RowRange range))
        {
            if (await TryReadAsync(read, range, cancellationToken).ConfigureAwait(false) is not { } fault)
                continue;
            if (range.Count == 1)
            {
                guilty.Add((range.Start, fault.Fault));
                continue;
            }
            int middle = range.Start + (range.Count / 2);
            left.Push(new RowRange(middle, range.End));
            left.Push(new RowRange(range.Start, middle));
        }
        await RunAsync("RELEASE SAVEPOINT etl_keys", cancellationToken).ConfigureAwait(false);
        using var delete = new NpgsqlCommand(PostgresSql.DropStaged, connection);
        delete.Parameters.Add(new NpgsqlParameter { Value = guilty.ConvertAll(row => row.Row).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Integer });
        await delete.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        return guilty;
    }

    /// <summary>Has the server read the keys of a range.</summary>
    /// <param name="read">The parts of the key.</param>
    /// <param name="range">The rows.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <param name="begins">Whether the savepoint is to be set; it goes again where all is well.</param>
    /// <returns>Null, or what it refuses.</returns>
    private async ValueTask<(RowFault Fault, DbException Error)?> TryReadAsync(TargetColumn[] read, RowRange range, CancellationToken cancellationToken, bool begins = false)
    {
        try
        {
            string sql = PostgresSql.ReadKeys(table, read, range);
            await RunAsync(begins ? $"SAVEPOINT etl_keys; {sql}; RELEASE SAVEPOINT etl_keys" : sql, cancellationToken).ConfigureAwait(false);
            return null;
        }
        catch (PostgresException e) when (PostgresErrors.ToException(e, source) is not TransientTargetException)
        {
            RowFault? fault = PostgresErrors.ToRowFault(e, table);
            if (fault is null or { Code: Records.ErrorCodes.TargetTypeMismatch, Column: null } && read is [var only])
                fault = ColumnFaults.DoesNotFit(only, $"accepts only {only.Type.Takes}");
            await RunAsync("ROLLBACK TO SAVEPOINT etl_keys", cancellationToken).ConfigureAwait(false);
            return (fault ?? PostgresErrors.ToUnknownRowFault(e)!, e);
        }
    }

    private async ValueTask RunAsync(string sql, CancellationToken cancellationToken)
    {
        using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }
}
