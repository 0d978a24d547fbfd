namespace EtlTools.Engine.Load.Staged;

/// <summary>Undoes a refused range. It ends with its transaction.</summary>
internal abstract class RangeUndo
{
    /// <summary>Called before each range.</summary>
    public abstract ValueTask PrepareAsync(CancellationToken cancellationToken);

    /// <summary>Undoes the range that was prepared last.</summary>
    /// <returns>False if the whole transaction is lost with it.</returns>
    public abstract ValueTask<bool> UndoAsync(CancellationToken cancellationToken);
}
