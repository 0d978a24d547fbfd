namespace EtlTools.Engine.Load.Staged;

/// <summary>Sets no savepoint before the first range, because it costs a call and most batches are one good range. If that range is
/// refused, the transaction starts again. Later ranges have savepoints.</summary>
/// <param name="beginAnew">Rolls back, begins the transaction and stages its rows.</param>
/// <param name="later">Undoes the later ranges.</param>
internal sealed class BeginAnewUndo(Func<CancellationToken, ValueTask> beginAnew, SavepointUndo later) : RangeUndo
{
    private int _ranges;

    public override ValueTask PrepareAsync(CancellationToken cancellationToken) =>
        _ranges++ == 0 ? ValueTask.CompletedTask : later.PrepareAsync(cancellationToken);

    public override async ValueTask<bool> UndoAsync(CancellationToken cancellationToken)
    {
        if (_ranges > 1)
            return await later.UndoAsync(cancellationToken).ConfigureAwait(false);
        await beginAnew(cancellationToken).ConfigureAwait(false);
        return true;
    }
}
