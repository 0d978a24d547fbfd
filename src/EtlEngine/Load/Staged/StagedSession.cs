using System.Data.Common;

namespace EtlTools.Engine.Load.Staged;

/// <summary>
/// Loads through a staging table: a batch's rows are copied there in bulk, numbered, and written from there to the target by
/// number, as many at once as give the same outcome as one after the other. A dialect says the statements and does the copy.
/// </summary>
internal abstract class StagedSession(StagedTarget target) : ITargetSession
{
    private readonly LoadOptions _options = target.Options;
    private StagedPlans? _plans;
    private StagedTable? _table;
    private Duplicates? _duplicates;
    private bool _expectsDuplicates;
    private bool _isStaged;
    private bool _copiesToTable = true;
    private StagedPlan? _writing;
    private int _piecesWritten;
    private bool _needsSavepoint;
    private bool _hasSavepoint;

    /// <summary>Whether a statement that the database refuses can be taken back alone; otherwise it takes the transaction with
    /// it.</summary>
    protected abstract bool HasSavepoints { get; }

    /// <summary>Whether a transaction's first range has no savepoint, which costs a call, and is taken back by beginning anew: most
    /// batches are one range, and right.</summary>
    protected virtual bool StartsOver => false;

    /// <summary>Whether the driver has given the connection up: after some errors it does, though they may be a row's.</summary>
    protected virtual bool IsConnectionLost => false;

    /// <summary>Whether the statement would write two rows of one key in no order instead of refusing them.</summary>
    protected abstract bool NeedsDuplicates(StagedPlan plan);

    /// <summary>Whether a statement may write one row at a time only, to have the effect of one after the other.</summary>
    protected abstract bool WritesOneByOne(StagedPlan plan);

    /// <summary>The table of the batch at hand.</summary>
    protected StagedTable Table => _table!;

    public IRowBuffer NewRows()
    {
        StagedTable? table = target.Definition;
        if (table is not null && !ReferenceEquals(_plans?.Table, table))
            _plans = new StagedPlans(table, _options);
        return target.NewRows(table is null ? null : _plans, () => !ReferenceEquals(table, target.Definition));
    }

    public ValueTask ConnectAsync(CancellationToken cancellationToken) => Translated(ConnectToServerAsync(cancellationToken), cancellationToken);

    public async ValueTask BeginAsync(Batch batch, CancellationToken cancellationToken)
    {
        _duplicates = null;
        _piecesWritten = 0;
        _needsSavepoint = !StartsOver;
        _hasSavepoint = false;
        var rows = (StagedRows)batch.Rows;
        bool stages = batch.Good > 0 && !(_copiesToTable && TakesCopies(rows));
        await Translated(BeginTransactionAsync(rows.Table, stages, cancellationToken), cancellationToken).ConfigureAwait(false);
        if (batch.Good == 0)
            return;
        _table = rows.Table;
        _isStaged = false;
        if (stages)
            await StageAllAsync(rows, cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask<RangeRejection?> WriteAsync(Batch batch, RowRange range, CancellationToken cancellationToken)
    {
        if (!_isStaged && batch.Good > 0)
        {
            if (await TryCopyToTableAsync(batch, range, cancellationToken).ConfigureAwait(false))
                return null;
            await StageAllAsync((StagedRows)batch.Rows, cancellationToken).ConfigureAwait(false);
        }
        int before = _piecesWritten;
        RangeRejection? rejection;
        try
        {
            if (HasSavepoints && _needsSavepoint)
                await SaveAsync(_hasSavepoint, cancellationToken).ConfigureAwait(false);
            _hasSavepoint = HasSavepoints && _needsSavepoint;
            _needsSavepoint = true;
            rejection = await WritePiecesAsync(batch, range, cancellationToken).ConfigureAwait(false);
        }
        catch (DbException e) when (_duplicates is null && IsDuplicateKey(e))
        {
            await UndoAsync(batch, cancellationToken).ConfigureAwait(false);
            await FindDuplicatesAsync(cancellationToken).ConfigureAwait(false);
            _piecesWritten = before;
            return await WriteAsync(batch, range, cancellationToken).ConfigureAwait(false);
        }
        catch (DbException e) when (FaultOf(e, _writing) is null)
        {
            RangeRejection isolated = await IsolateAsync(batch, e, cancellationToken).ConfigureAwait(false);
            _piecesWritten = before;
            return isolated;
        }
        catch (DbException e)
        {
            rejection = new RangeRejection(FaultOf(e, _writing)!);
        }
        if (rejection is null)
            return null;
        _piecesWritten = before;
        if (!HasSavepoints)
            return rejection with { TransactionLost = true };
        return await UndoAsync(batch, cancellationToken).ConfigureAwait(false) ? rejection with { TransactionLost = true } : rejection;
    }

    /// <summary>
    /// Finds out whether rows are to blame for an error that is not known as one of theirs: a trigger, a policy or the reading of a value
    /// may fail in any way. The statement is tried without rows: where that fails too, it is the statement.
    /// </summary>
    private async ValueTask<RangeRejection> IsolateAsync(Batch batch, DbException error, CancellationToken cancellationToken)
    {
        Exception failure = Translate(error, cancellationToken);
        if (failure is TransientTargetException || _writing is not { } plan || UnknownFaultOf(error) is not { } fault)
            throw failure;
        bool isLost = await UndoAsync(batch, cancellationToken).ConfigureAwait(false);
        try
        {
            await UpsertAsync(plan, new RowRange(0, 0), [], cancellationToken).ConfigureAwait(false);
        }
        catch (DbException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw failure;
        }
        return new RangeRejection(fault, TransactionLost: isLost);
    }

    /// <summary>Takes back the range that was begun last.</summary>
    /// <returns>Whether the ranges before it are gone as well, with their connection.</returns>
    private async ValueTask<bool> UndoAsync(Batch batch, CancellationToken cancellationToken)
    {
        bool isLost = IsConnectionLost && _hasSavepoint;
        if (!IsConnectionLost && (_hasSavepoint || !StartsOver))
        {
            await Translated(GoBackAsync(cancellationToken), cancellationToken).ConfigureAwait(false);
            return false;
        }
        await StartOverAsync((StagedRows)batch.Rows, cancellationToken).ConfigureAwait(false);
        await StageAllAsync((StagedRows)batch.Rows, cancellationToken).ConfigureAwait(false);
        return isLost;
    }

    private async ValueTask StartOverAsync(StagedRows rows, CancellationToken cancellationToken)
    {
        await RollbackAsync().ConfigureAwait(false);
        await Translated(BeginTransactionAsync(rows.Table, stages: true, cancellationToken), cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask SettleAsync(Batch batch, IReadOnlyList<RowRange> written, CancellationToken cancellationToken)
    {
        if (_options.InsertOnly || _options.Key.Count == 0 || _piecesWritten < 2)
            return;
        if (_duplicates is null)
            await FindDuplicatesAsync(cancellationToken).ConfigureAwait(false);
        foreach ((int row, int next) in _duplicates!.Pairs)
        {
            if (!IsWritten(batch, row) || !IsWritten(batch, next))
                continue;
            // A key's first row tells whether it was new, and a later one that changed nothing stands for the one that did.
            if (batch.OutcomeOf(row) == RowOutcome.Inserted || batch.OutcomeOf(next) == RowOutcome.Unchanged)
                batch.SetOutcome(next, batch.OutcomeOf(row));
            batch.SetOutcome(row, RowOutcome.Superseded);
        }
    }

    public abstract ValueTask WriteWatermarksAsync(IReadOnlyList<Records.Watermark> watermarks, long sequence, CancellationToken cancellationToken);

    public async ValueTask<RangeRejection?> CommitAsync(CancellationToken cancellationToken)
    {
        try
        {
            await CommitTransactionAsync(cancellationToken).ConfigureAwait(false);
            return null;
        }
        catch (DbException e)
        {
            if (FaultOf(e, null) is { } fault)
                return new RangeRejection(fault, TransactionLost: true);
            Exception failure = Translate(e, cancellationToken);
            throw failure is TransientTargetException { IsContention: false } lost ? lost.AtCommit() : failure;
        }
    }

    public abstract ValueTask RollbackAsync();

    public abstract ValueTask DisposeAsync();

    /// <summary>Connects if there is no usable connection.</summary>
    protected virtual ValueTask ConnectToServerAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <summary>Connects if there is no usable connection, and begins a transaction in which deferred constraints are checked at
    /// once.</summary>
    /// <param name="table">The target; null where there is none yet, and nothing for it.</param>
    /// <param name="stages">Whether rows are staged at once.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    protected abstract ValueTask BeginTransactionAsync(StagedTable? table, bool stages, CancellationToken cancellationToken);

    /// <summary>Copies the rows to the staging table, each with its number, in place of what is there.</summary>
    protected abstract ValueTask StageAsync(StagedRows rows, CancellationToken cancellationToken);

    /// <summary>Whether the rows, all new, can be copied to the target itself.</summary>
    protected virtual bool TakesCopies(StagedRows rows) => false;

    /// <summary>Copies the rows to the target itself.</summary>
    protected virtual ValueTask CopyToTableAsync(StagedRows rows, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    /// <summary>Sets the savepoint, in place of the one before if there is one.</summary>
    protected abstract ValueTask SaveAsync(bool replaces, CancellationToken cancellationToken);

    /// <summary>Goes back to the savepoint, which stays.</summary>
    protected abstract ValueTask GoBackAsync(CancellationToken cancellationToken);

    /// <summary>Pairs of staged rows of the same key, each with the next one.</summary>
    protected abstract ValueTask<IReadOnlyList<(int Row, int Next)>> QueryDuplicatesAsync(CancellationToken cancellationToken);

    /// <summary>Writes staged rows to the target.</summary>
    /// <param name="plan">The columns.</param>
    /// <param name="range">Which rows.</param>
    /// <param name="without">Rows of the range that are not to be written.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    protected abstract ValueTask<PieceEffect> UpsertAsync(StagedPlan plan, RowRange range, int[] without, CancellationToken cancellationToken);

    /// <summary>A row of the range whose fault the statement would not notice, as what makes it good comes after it.</summary>
    protected abstract ValueTask<RangeRejection?> FindEarlyChildAsync(RowRange range, int[] without, CancellationToken cancellationToken);

    protected abstract ValueTask CommitTransactionAsync(CancellationToken cancellationToken);

    /// <summary>The row's fault that an error tells, or null where it is no row's.</summary>
    /// <param name="error">The error.</param>
    /// <param name="plan">What was being written, where one statement was.</param>
    protected abstract RowFault? FaultOf(DbException error, StagedPlan? plan);

    /// <summary>The fault of a row by which a statement failed that is right without rows; null where the database does not try statements
    /// again in the same transaction.</summary>
    protected virtual RowFault? UnknownFaultOf(DbException error) => null;

    /// <summary>Whether the statement was refused because a key came twice in it.</summary>
    protected abstract bool IsDuplicateKey(DbException error);

    /// <summary>What an error that is no row's fault means: a <see cref="TransientTargetException"/> or an <see cref="EtlException"/>.</summary>
    protected abstract Exception Translate(DbException error);

    private Exception Translate(DbException error, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Translate(error);
    }

    private async ValueTask Translated(ValueTask step, CancellationToken cancellationToken)
    {
        try
        {
            await step.ConfigureAwait(false);
        }
        catch (DbException e)
        {
            throw Translate(e, cancellationToken);
        }
    }

    private async ValueTask StageAllAsync(StagedRows rows, CancellationToken cancellationToken)
    {
        await Translated(StageAsync(rows, cancellationToken), cancellationToken).ConfigureAwait(false);
        _isStaged = true;
        if (_expectsDuplicates || rows.Plans.Any(NeedsDuplicates))
            await FindDuplicatesAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Copies a whole batch to the target, in which it takes none of the keys to be.</summary>
    /// <returns>False when that is not so, or the database refuses it for another reason; then nothing is written, and no later batch is
    /// tried in this way.</returns>
    private async ValueTask<bool> TryCopyToTableAsync(Batch batch, RowRange range, CancellationToken cancellationToken)
    {
        var rows = (StagedRows)batch.Rows;
        if (range.Count < batch.Count || !rows.Numbers.TrueForAll(batch.IsGood))
            return false;
        try
        {
            await CopyToTableAsync(rows, cancellationToken).ConfigureAwait(false);
            foreach (int row in rows.Numbers)
                batch.SetOutcome(row, RowOutcome.Inserted);
            return true;
        }
        catch (DbException e)
        {
            _copiesToTable = false;
            if (Translate(e, cancellationToken) is TransientTargetException failure)
                throw failure;
            await StartOverAsync(rows, cancellationToken).ConfigureAwait(false);
            return false;
        }
    }

    private async ValueTask FindDuplicatesAsync(CancellationToken cancellationToken)
    {
        try
        {
            _duplicates = new Duplicates(await QueryDuplicatesAsync(cancellationToken).ConfigureAwait(false));
            _expectsDuplicates = _duplicates.Any;
        }
        catch (DbException e)
        {
            throw Translate(e, cancellationToken);
        }
    }

    private async ValueTask<RangeRejection?> WritePiecesAsync(Batch batch, RowRange range, CancellationToken cancellationToken)
    {
        var rows = (StagedRows)batch.Rows;
        for (int start = range.Start; start < range.End;)
        {
            RowRange piece = NextPiece(batch, rows, start, range.End, out StagedPlan? plan);
            start = piece.End;
            if (plan is null)
                continue;
            RangeRejection? rejection = await WritePieceAsync(batch, plan, piece, cancellationToken).ConfigureAwait(false);
            if (rejection is not null)
                return rejection;
        }
        return null;
    }

    /// <summary>The rows from a start on that one statement can write as if one after the other.</summary>
    private RowRange NextPiece(Batch batch, StagedRows rows, int start, int end, out StagedPlan? plan)
    {
        plan = null;
        int row = start;
        for (; row < end; row++)
        {
            if (!batch.IsGood(row))
                continue;
            StagedPlan own = rows.PlanOf(row)!;
            bool isFirst = plan is null;
            plan ??= own;
            bool belongs = ReferenceEquals(own, plan) && !WritesOneByOne(plan) && !(Table.OrderMatters && _duplicates?.IsLater(row, start) == true);
            if (!isFirst && !belongs)
                break;
        }
        return new RowRange(start, row);
    }

    private async ValueTask<RangeRejection?> WritePieceAsync(Batch batch, StagedPlan plan, RowRange piece, CancellationToken cancellationToken)
    {
        _writing = plan;
        var rows = (StagedRows)batch.Rows;
        int[] staged = [.. Enumerable.Range(piece.Start, piece.Count).Where(row => rows.PlanOf(row) is not null)];
        int[] good = [.. staged.Where(batch.IsGood)];
        int[] leftOut = EachRowCounts ? [] : [.. good.Where(row => IsLeftOut(batch, row, piece))];
        foreach (int row in leftOut)
            batch.SetOutcome(row, _options.InsertOnly ? RowOutcome.Unchanged : RowOutcome.Superseded);
        foreach (int[] layer in Layers(batch, leftOut.Length == 0 ? good : [.. good.Except(leftOut)], piece))
        {
            int[] without = layer.Length == staged.Length ? [] : [.. staged.Except(layer)];
            if (await FindEarlyChildAsync(piece, without, cancellationToken).ConfigureAwait(false) is { } early)
                return early;
            PieceEffect effect = await UpsertAsync(plan, piece, without, cancellationToken).ConfigureAwait(false);
            if (effect.Written < layer.Length && !_options.InsertOnly && !_options.SkipUnchanged && _options.UpdateWhenNewer is null && !IsOnlyKey(plan))
                return new RangeRejection(ColumnFaults.Ignored);
            _piecesWritten++;
            SetOutcomes(batch, layer, effect);
        }
        return null;
    }

    /// <summary>Where each row is to be written, those of one key are written one after the other: first the first of each key in the
    /// piece, then the second ones.</summary>
    private IEnumerable<int[]> Layers(Batch batch, int[] rows, RowRange piece)
    {
        if (!EachRowCounts || _duplicates is not { Any: true } duplicates)
            return rows.Length == 0 ? [] : [rows];
        return rows
            .GroupBy(row => duplicates.Before(row).TakeWhile(other => other >= piece.Start).Count(batch.IsGood))
            .OrderBy(layer => layer.Key).Select(layer => layer.ToArray());
    }

    /// <summary>Whether each row of a key is to be written, and the last one does not stand for all: the database may refuse one, or an
    /// earlier one may be newer.</summary>
    private bool EachRowCounts => Table.EachRowCounts || _options.UpdateWhenNewer is not null;

    private bool IsOnlyKey(StagedPlan plan) => plan.Columns.All(Table.IsKey);

    /// <summary>Whether another row of the piece stands for this one: the last of a key, or the first where existing rows stay as
    /// they are.</summary>
    private bool IsLeftOut(Batch batch, int row, RowRange piece) =>
        _duplicates is { Any: true } duplicates && (_options.InsertOnly
            ? duplicates.Before(row).TakeWhile(other => other >= piece.Start).Any(batch.IsGood)
            : duplicates.After(row).TakeWhile(other => other < piece.End).Any(batch.IsGood));

    /// <summary>The database tells how many rows it inserted and updated, not which: rows whose key came before in the batch
    /// were there by then, and of the others any will do, since only the numbers are used.</summary>
    private void SetOutcomes(Batch batch, IEnumerable<int> rows, PieceEffect effect)
    {
        long inserted = effect.Inserted ?? 0;
        long updated = effect.Written - inserted;
        foreach (int row in rows)
        {
            RowOutcome outcome = RowOutcome.Unchanged;
            if (updated > 0 && (inserted == 0 || _duplicates?.IsLater(row, 0) == true))
                (outcome, updated) = (effect.Inserted is null ? RowOutcome.Written : RowOutcome.Updated, updated - 1);
            else if (inserted > 0)
                (outcome, inserted) = (RowOutcome.Inserted, inserted - 1);
            batch.SetOutcome(row, outcome);
        }
    }

    private static bool IsWritten(Batch batch, int row) =>
        batch.OutcomeOf(row) is RowOutcome.Inserted or RowOutcome.Updated or RowOutcome.Written or RowOutcome.Unchanged;
}
