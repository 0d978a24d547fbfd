namespace EtlTools.Engine.Load.Staged;

/// <summary>How a range that was refused is taken back. It ends with its transaction.</summary>
internal abstract class RangeUndo
{
    /// <summary>Called before each range.</summary>
    public abstract ValueTask PrepareAsync(CancellationToken cancellationToken);

    /// <summary>Takes back the range that was prepared last.</summary>
    /// <returns>False if the whole transaction is lost with it.</returns>
    public abstract ValueTask<bool> UndoAsync(CancellationToken cancellationToken);
}
