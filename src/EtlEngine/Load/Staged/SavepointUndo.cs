namespace EtlTools.Engine.Load.Staged;

/// <summary>A savepoint before each range.</summary>
internal sealed class SavepointUndo(StagedSession session) : RangeUndo
{
    private bool _isSet;

    public override async ValueTask PrepareAsync(CancellationToken cancellationToken)
    {
        await session.SaveAsync(_isSet, cancellationToken).ConfigureAwait(false);
        _isSet = true;
    }

    public override async ValueTask<bool> UndoAsync(CancellationToken cancellationToken)
    {
        if (session.IsDoomed)
            return false;
        await session.Translated(session.GoBackAsync(cancellationToken), cancellationToken).ConfigureAwait(false);
        return true;
    }
}
