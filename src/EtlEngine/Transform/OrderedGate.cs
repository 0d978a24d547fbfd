namespace EtlTools.Engine.Transform;

/// <summary>
/// Lets chunks through one by one, by their numbers, whichever worker has them. Chunks are taken by workers in that order,
/// so that the one whose turn it is never waits for a later one.
/// </summary>
internal sealed class OrderedGate
{
    private readonly Lock _lock = new();
    private readonly Dictionary<long, TaskCompletionSource> _waiting = [];
    private long _next;

    /// <summary>Waits until all earlier numbers have left.</summary>
    public async Task EnterAsync(long number, CancellationToken cancellationToken)
    {
        TaskCompletionSource turn;
        lock (_lock)
        {
            if (number == _next)
                return;
            turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Add(number, turn);
        }
        await turn.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Lets the next number in.</summary>
    public void Leave()
    {
        TaskCompletionSource? turn;
        lock (_lock)
            _waiting.Remove(++_next, out turn);
        turn?.SetResult();
    }
}
