using System.Data;
using EtlTools.Engine.Load.Staged;
using Microsoft.Data.SqlClient;

namespace EtlTools.Engine.Load.SqlServer;

/// <summary>
/// A load that is one transaction. In it, a batch is a savepoint. The keys that arrived are kept in a temporary table of the session. The
/// table is locked for others from beginning to end, because rows have no version by which a change could be noticed. The driver begins the
/// transaction, because its bulk copy cannot join another one.
/// </summary>
internal sealed class SqlServerOneTransaction(SqlServerTarget target, SqlServerCalls calls)
{
    private readonly LoadOptions _options = target.Options;
    private SqlServerTable? _table;
    private bool _keepsKeys;
    private bool _isLost;
    private string? _why;
    private long _deleted;

    /// <summary>Whether waits for locks have a limit, for the sake of a slow row.</summary>
    public bool LimitsLockWaits { get; set; }

    private bool IsBegun => _table is not null;

    /// <summary>Throws if the transaction was lost with its connection.</summary>
    public void RequireAlive()
    {
        if (_isLost || (IsBegun && !calls.IsOpen))
            throw Incomplete.Lost(_options, target.Database, _why);
    }

    /// <summary>Begins a batch, and with the first one the transaction.</summary>
    public async ValueTask BeginBatchAsync(SqlServerTable table, CancellationToken cancellationToken)
    {
        if (!IsBegun)
            await BeginAsync(table, cancellationToken).ConfigureAwait(false);
        await calls.ExecuteAsync(SqlServerWholeTable.SaveBatch, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Stores the keys of the staged rows.</summary>
    public async ValueTask KeepKeysAsync(SqlServerTable table, CancellationToken cancellationToken)
    {
        if (_keepsKeys)
            await calls.ExecuteAsync(SqlServerWholeTable.KeepKeys(table), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Rolls back the open batch, or everything if none was begun.</summary>
    /// <returns>False if the transaction is lost.</returns>
    public async ValueTask<bool> RollbackBatchAsync()
    {
        if (!IsBegun)
            return false;
        try
        {
            List<int> state = calls.IsClean ? await calls.QueryAsync(SqlServerWholeTable.GoBackBatch, [], row => row.GetInt32(0), CancellationToken.None).ConfigureAwait(false) : [];
            _isLost = state is not [1];
            if (_isLost && calls.IsClean)
                _why = "The server rolled back what was written, as it does after a deadlock and after some errors of rows and triggers";
        }
        catch (Exception e) when (e is SqlException or TransientTargetException)
        {
            // The next use reports it.
            _isLost = true;
        }
        return !_isLost;
    }

    /// <summary>Deletes or marks the rows without a record, and commits.</summary>
    public async ValueTask<long> CompleteAsync(bool takesOut, CancellationToken cancellationToken)
    {
        RequireAlive();
        if (!IsBegun)
            return 0;
        bool isCommitting = false;
        try
        {
            if (LimitsLockWaits)
                await calls.ExecuteAsync(SqlServerSql.UnlimitLockWaits, cancellationToken).ConfigureAwait(false);
            if (takesOut && _keepsKeys)
                _deleted = await TakeOutAsync(cancellationToken).ConfigureAwait(false);
            isCommitting = true;
            await calls.ExecuteAsync(SqlServerSql.Commit, cancellationToken, timeout: 0).ConfigureAwait(false);
            return _deleted;
        }
        catch (SqlException e) when (SqlServerErrors.KindOf(e, out SqlError? cause) == SqlServerErrorKind.Data && SqlServerErrors.IsReference(cause!.Number))
        {
            throw Incomplete.Referenced(_options, _table!.Name);
        }
        catch (SqlException e)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw Ended(SqlServerFailures.ToException(e, target.Connector), isCommitting);
        }
        catch (TransientTargetException e)
        {
            throw Ended(e, isCommitting);
        }
    }

    private Exception Ended(Exception failure, bool isCommitting) => failure is not TransientTargetException transient ? failure
        : isCommitting && !transient.IsContention ? new EtlException(
            FailureCodes.TargetUnavailable, FailureKind.Unavailable,
            $"{transient.Message} while the one transaction of the load was committed. All of it is in the table, or nothing: run it again.", failure)
        : Incomplete.Lost(_options, target.Database, transient.Message);

    private async ValueTask BeginAsync(SqlServerTable table, CancellationToken cancellationToken)
    {
        SqlParameter[] scope = ScopeValues(table);
        await calls.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await calls.ExecuteAsync(SqlServerWholeTable.Lock(table.Name, target.Connector.CommandTimeout), cancellationToken).ConfigureAwait(false);
        _keepsKeys = _options.DeleteMissing;
        if (_options.Mode == LoadMode.Replace)
        {
            List<int> references = await calls.QueryAsync(SqlServerWholeTable.References, [Name(table)], row => row.GetInt32(0), cancellationToken).ConfigureAwait(false);
            _keepsKeys = references[0] > 0;
            if (_keepsKeys && table.Key.Count == 0)
                throw Incomplete.ReplaceNeedsKey(table.Name);
            if (!_keepsKeys)
                _deleted = await ChangeAsync(SqlServerWholeTable.DeleteAll(table.Name), [], cancellationToken).ConfigureAwait(false);
        }
        else if (_options.MissingScope.Count > 0)
        {
            // Values that the server cannot compare with the column are refused before anything is written.
            await calls.QueryAsync(SqlServerWholeTable.TryScope(table, _options), [.. scope], row => row.GetInt32(0), cancellationToken).ConfigureAwait(false);
        }
        if (_keepsKeys)
            await calls.ExecuteAsync(SqlServerWholeTable.CreateSeen(table), cancellationToken).ConfigureAwait(false);
        _table = table;
    }

    private async ValueTask<long> TakeOutAsync(CancellationToken cancellationToken)
    {
        SqlServerTable table = _table!;
        if (_options.RequiresScope
            && await calls.QueryAsync(SqlServerWholeTable.FindOutside(table, _options), [.. ScopeValues(table)], row => row.GetInt32(0), cancellationToken, timeout: 0).ConfigureAwait(false) is [_, ..])
        {
            throw Incomplete.OutsideScope(table.Name);
        }
        SqlParameter[] scope = ScopeValues(table);
        IReadOnlyList<string> statements = SqlServerWholeTable.TakeOut(table, _options);
        foreach (string statement in statements.SkipLast(1))
            await ChangeAsync(statement, [], cancellationToken).ConfigureAwait(false);
        return await ChangeAsync(statements[^1], scope, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Runs a statement without a time-out, because it may affect all rows of the table.</summary>
    /// <returns>The number of affected rows.</returns>
    private async ValueTask<long> ChangeAsync(string text, SqlParameter[] parameters, CancellationToken cancellationToken)
    {
        List<long> counts = await calls.QueryAsync(text, [.. parameters], row => row.GetInt64(0), cancellationToken, SqlServerWholeTable.Touched, timeout: 0).ConfigureAwait(false);
        return counts[^1];
    }

    private static SqlParameter Name(SqlServerTable table) => new("@table", SqlDbType.NVarChar, 520) { Value = SqlServerSql.Quote(table.Name) };

    /// <summary>The values of -MissingScope that are not null, with their columns' types.</summary>
    private SqlParameter[] ScopeValues(SqlServerTable table)
    {
        var values = new List<SqlParameter>();
        foreach ((int place, TargetColumn column, object? given) in SqlServerWholeTable.Scope(table, _options))
        {
            if (((SqlServerType)column.Type).Convert(given, out object? value) is not null)
                throw new EtlException(
                    FailureCodes.InvalidParameter, FailureKind.InvalidCall, $"-MissingScope has a value for '{column.Name}' that does not have the column's type ({column.DeclaredType}). Nothing was loaded.");
            if (value is null)
                continue;
            var parameter = new SqlParameter { ParameterName = SqlServerWholeTable.ScopeParameter(place), Value = value };
            // The driver's default type for a time has steps of 1/300 s.
            if (value is DateTime)
                parameter.SqlDbType = SqlDbType.DateTime2;
            values.Add(parameter);
        }
        return [.. values];
    }
}
