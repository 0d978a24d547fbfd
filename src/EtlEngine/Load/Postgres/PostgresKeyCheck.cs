using System.Data.Common;
using EtlTools.Engine.Load.Staged;
using Npgsql;
using NpgsqlTypes;

namespace EtlTools.Engine.Load.Postgres;

/// <summary>
/// Finds staged rows whose key the server cannot convert. Keys are compared outside the statement that writes rows, where a refused value
/// would end the load.
/// </summary>
internal sealed class PostgresKeyCheck(PostgresSource source, PostgresTable table, NpgsqlConnection connection)
{
    /// <summary>Removes them from the staging table.</summary>
    /// <returns>The rows, each with its fault.</returns>
    public async ValueTask<IReadOnlyList<(int Row, RowFault Fault)>> TakeOutAsync(StagedRows rows, CancellationToken cancellationToken)
    {
        TargetColumn[] read = [.. table.Key.Where(column => column.Type.IsReadByServer)];
        if (read.Length == 0 || rows.Numbers.Count == 0)
            return [];
        var all = new RowRange(rows.Numbers[0], rows.Numbers[^1] + 1);
        if (await TryReadAsync(read, all, cancellationToken, begins: true).ConfigureAwait(false) is null)
            return [];
        // It must work without rows; otherwise no row is the cause.
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

    /// <summary>Lets the server convert the keys of a range.</summary>
    /// <param name="read">The parts of the key to convert.</param>
    /// <param name="range">The rows.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <param name="begins">Whether to set the savepoint; it is released if all is well.</param>
    /// <returns>Null, or the refusal.</returns>
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
                fault = ColumnFaults.DoesNotFit(only, PostgresReadByServer.Refusal(only.Type));
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
