namespace EtlTools.Engine.Transform;

/// <summary>
/// Lets chunks pass one by one, in the order of their numbers, whatever their worker. Workers take chunks in that order, so the chunk whose
/// turn it is never waits for a later one.
/// </summary>
internal sealed class OrderedGate
{
    private readonly Lock _lock = new();
    private readonly Dictionary<long, TaskCompletionSource> _waiting = [];
    private long _next;

    /// <summary>Waits until all earlier numbers have passed.</summary>
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
