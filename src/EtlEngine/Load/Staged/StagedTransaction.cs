using System.Data.Common;

namespace EtlTools.Engine.Load.Staged;

/// <summary>One batch in its transaction; everything known about both ends with it.</summary>
internal sealed class StagedTransaction
{
    private readonly StagedSession _session;
    private readonly LoadOptions _options;
    private readonly Batch _batch;
    private readonly StagedRows _rows;
    private readonly BatchPieces _pieces;
    private readonly PieceOutcomes _outcomes;
    private readonly RangeUndo _undo;
    private bool _isStaged;
    private StagedPlan? _writing;

    public StagedTransaction(StagedSession session, LoadOptions options, Batch batch)
    {
        _session = session;
        _options = options;
        _batch = batch;
        _rows = (StagedRows)batch.Rows;
        _pieces = new BatchPieces(batch, _rows.Table!, options, session.WritesOneByOne);
        _outcomes = new PieceOutcomes(batch);
        var savepoints = new SavepointUndo(session);
        _undo = session.StartsOver ? new BeginAnewUndo(BeginAnewAsync, savepoints) : savepoints;
    }

    public StagedTable Table => _rows.Table!;

    /// <summary>Begins it, and prepares its rows for writing.</summary>
    public async ValueTask BeginAsync(CancellationToken cancellationToken)
    {
        bool stages = _batch.Good > 0 && !(_session.CopiesToTable && _session.TakesCopies(_rows));
        await _session.Translated(_session.BeginTransactionAsync(_rows.Table, stages, cancellationToken), cancellationToken).ConfigureAwait(false);
        if (stages)
            await StageAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc cref="ITargetSession.WriteAsync"/>
    public async ValueTask<RangeRejection?> WriteAsync(RowRange range, CancellationToken cancellationToken)
    {
        if (_batch.Good == 0)
            return null;
        if (!_isStaged && await TryCopyToTableAsync(range, cancellationToken).ConfigureAwait(false))
            return null;
        if (!_isStaged)
            await StageAsync(cancellationToken).ConfigureAwait(false);
        int before = _outcomes.Count;
        bool isAlone = range.Count == 1 && _batch.IsSlow;
        while (true)
        {
            RangeRejection? rejection = null;
            Exception? unlessRight = null;
            bool hasTwice = false;
            try
            {
                await _undo.PrepareAsync(cancellationToken).ConfigureAwait(false);
                if (isAlone)
                    await _session.LimitLockWaitsAsync(cancellationToken).ConfigureAwait(false);
                rejection = await WritePiecesAsync(range, cancellationToken).ConfigureAwait(false);
            }
            catch (DbException e) when (_pieces.Duplicates is null && !_session.IsConnectionLost && _session.IsDuplicateKey(e))
            {
                hasTwice = true;
            }
            catch (DbException e)
            {
                rejection = new RangeRejection(FaultOf(e, isAlone, out unlessRight, cancellationToken));
            }
            if (rejection is null && !hasTwice)
                return null;
            _outcomes.Keep(before);
            bool goesOn = await UndoAsync(cancellationToken).ConfigureAwait(false);
            if (unlessRight is not null)
                await RequireRightAsync(unlessRight, cancellationToken).ConfigureAwait(false);
            if (rejection is not null)
                return goesOn ? rejection : rejection with { TransactionLost = true };
            if (_pieces.Duplicates is null)
                await FindDuplicatesAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Marks the rows whose key also belongs to a later row.</summary>
    public async ValueTask SettleAsync(CancellationToken cancellationToken)
    {
        if (_options.InsertOnly || _options.Key.Count == 0 || _outcomes.Count < 2)
            return;
        if (_pieces.Duplicates is null)
            await FindDuplicatesAsync(cancellationToken).ConfigureAwait(false);
        _outcomes.Supersede(_pieces.Duplicates!);
    }

    /// <summary>The fault of a row that an error describes, or may describe: a trigger, a policy or the conversion of a value may fail in
    /// any way.</summary>
    /// <param name="error">The error.</param>
    /// <param name="isAlone">Whether the statement took too long before, and now writes one row.</param>
    /// <param name="unlessRight">The meaning of the error if the statement also fails without rows; null if the error is known to be a
    /// row's.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    private RowFault FaultOf(DbException error, bool isAlone, out Exception? unlessRight, CancellationToken cancellationToken)
    {
        unlessRight = null;
        if (_session.FaultOf(error, _writing) is { } known)
            return known;
        unlessRight = _session.Translate(error, cancellationToken);
        if (isAlone && unlessRight is TransientTargetException { IsSlow: true } && _session.SlowRow is { } slow)
        {
            _batch.FindSlowRow();
            return slow;
        }
        return unlessRight is not TransientTargetException && _writing is not null && _session.UnknownFaultOf(error) is { } fault ? fault : throw unlessRight;
    }

    /// <summary>Tries the statement without rows. If that fails too, no row is the cause.</summary>
    private async ValueTask RequireRightAsync(Exception unlessRight, CancellationToken cancellationToken)
    {
        try
        {
            await _session.UpsertAsync(_writing!, new RowRange(0, 0), [], cancellationToken).ConfigureAwait(false);
        }
        catch (DbException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw unlessRight;
        }
    }

    /// <summary>Undoes the range that was written last.</summary>
    /// <returns>False if the earlier ranges are lost as well.</returns>
    private async ValueTask<bool> UndoAsync(CancellationToken cancellationToken)
    {
        if (!_session.IsConnectionLost)
            return await _undo.UndoAsync(cancellationToken).ConfigureAwait(false);
        await BeginAnewAsync(cancellationToken).ConfigureAwait(false);
        return false;
    }

    private async ValueTask BeginAnewAsync(CancellationToken cancellationToken)
    {
        await _session.RollbackAsync().ConfigureAwait(false);
        await _session.Translated(_session.BeginTransactionAsync(_rows.Table, stages: true, cancellationToken), cancellationToken).ConfigureAwait(false);
        await StageAsync(cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask StageAsync(CancellationToken cancellationToken)
    {
        try
        {
            foreach ((int row, RowFault fault) in await _session.StageAsync(_rows, cancellationToken).ConfigureAwait(false))
                _batch.Refuse(row, fault);
        }
        catch (DbException e)
        {
            throw _session.Translate(e, cancellationToken);
        }
        _isStaged = true;
        if (_pieces.Duplicates is null && (_session.ExpectsDuplicates || _rows.Plans.Any(_session.NeedsDuplicates)))
            await FindDuplicatesAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Copies a whole batch directly to the target, assuming that none of its keys exists there.</summary>
    /// <returns>False if that is not so, or the database refuses the batch for another reason. Then nothing is written, and later batches
    /// are not tried in this way.</returns>
    private async ValueTask<bool> TryCopyToTableAsync(RowRange range, CancellationToken cancellationToken)
    {
        if (!_session.CopiesToTable || range.Count < _batch.Count || !_rows.Numbers.TrueForAll(_batch.IsGood))
            return false;
        try
        {
            await _session.CopyToTableAsync(_rows, cancellationToken).ConfigureAwait(false);
            foreach (int row in _rows.Numbers)
                _batch.SetOutcome(row, RowOutcome.Inserted);
            return true;
        }
        catch (DbException e)
        {
            _session.CopiesToTable = false;
            if (_session.Translate(e, cancellationToken) is TransientTargetException failure)
                throw failure;
            await BeginAnewAsync(cancellationToken).ConfigureAwait(false);
            return false;
        }
    }

    private async ValueTask FindDuplicatesAsync(CancellationToken cancellationToken)
    {
        try
        {
            _pieces.Duplicates = new Duplicates(await _session.QueryDuplicatesAsync(cancellationToken).ConfigureAwait(false));
            _session.ExpectsDuplicates = _pieces.Duplicates.Any;
        }
        catch (DbException e)
        {
            throw _session.Translate(e, cancellationToken);
        }
    }

    private async ValueTask<RangeRejection?> WritePiecesAsync(RowRange range, CancellationToken cancellationToken)
    {
        foreach (Piece piece in _pieces.Of(range))
        {
            if (await WriteAsync(piece, cancellationToken).ConfigureAwait(false) is { } rejection)
                return rejection;
        }
        return null;
    }

    private async ValueTask<RangeRejection?> WriteAsync(Piece piece, CancellationToken cancellationToken)
    {
        _writing = piece.Plan;
        foreach (int row in piece.LeftOut)
            _batch.SetOutcome(row, _options.InsertOnly ? RowOutcome.Unchanged : RowOutcome.Superseded);
        foreach (int[] layer in piece.Layers)
        {
            int[] without = piece.Without(layer);
            if (await _session.FindEarlyChildAsync(piece.Plan, piece.Range, without, cancellationToken).ConfigureAwait(false) is { } early)
                return early;
            PieceEffect effect = await _session.UpsertAsync(piece.Plan, piece.Range, without, cancellationToken).ConfigureAwait(false);
            if (effect.Written < layer.Length && MustWriteAll(piece.Plan))
                return new RangeRejection(ColumnFaults.Ignored);
            if (effect.Written < layer.Length && await _session.LacksKeysAsync(piece.Range, without, cancellationToken).ConfigureAwait(false))
                return new RangeRejection(ColumnFaults.NotThere);
            _outcomes.Add(layer, effect);
        }
        return null;
    }

    /// <summary>Whether a row was not written because of a trigger or a policy, rather than because of the load's options.</summary>
    private bool MustWriteAll(StagedPlan plan) =>
        !_options.SkipUnchanged && _options.UpdateWhenNewer is null && (Table.Key.Count == 0 || Table.Changed(plan.Columns, _options).Count > 0);
}
