namespace EtlTools.Engine.Extract.Api;

/// <summary>
/// Remembers the answers to the latest requests. Equal requests at the same time are sent once. Failed answers are not remembered. Any
/// thread.
/// </summary>
internal sealed class AnswerCache(int size)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, LinkedListNode<Entry>> _entries = new(StringComparer.Ordinal);
    private readonly LinkedList<Entry> _byUse = [];

    /// <summary>The answer to a request.</summary>
    /// <param name="key">The request.</param>
    /// <param name="call">Sends it, and counts its attempts.</param>
    /// <param name="attempts">The attempts of the call that returns the answer, whoever sends it.</param>
    public Task<ApiAnswer> GetAsync(string key, Func<CallAttempts, Task<ApiAnswer>> call, out CallAttempts attempts)
    {
        TaskCompletionSource<ApiAnswer>? ours = null;
        LinkedListNode<Entry>? node;
        lock (_lock)
        {
            if (_entries.TryGetValue(key, out node))
            {
                _byUse.Remove(node);
            }
            else
            {
                ours = new TaskCompletionSource<ApiAnswer>(TaskCreationOptions.RunContinuationsAsynchronously);
                node = new LinkedListNode<Entry>(new Entry(key, ours.Task));
                _entries.Add(key, node);
                if (_entries.Count > size)
                    Remove(_byUse.Last!);
            }
            _byUse.AddFirst(node);
        }
        attempts = node.Value.Attempts;
        return ours is null ? node.Value.Answer : CallAsync(ours, node, call);
    }

    private async Task<ApiAnswer> CallAsync(TaskCompletionSource<ApiAnswer> ours, LinkedListNode<Entry> node, Func<CallAttempts, Task<ApiAnswer>> call)
    {
        try
        {
            ApiAnswer answer = await call(node.Value.Attempts).ConfigureAwait(false);
            ours.SetResult(answer);
            return answer;
        }
        catch (Exception e)
        {
            lock (_lock)
                Remove(node);
            ours.SetException(e);
            // Waiting callers see the exception; without any, the sender still does.
            _ = ours.Task.Exception;
            throw;
        }
    }

    private void Remove(LinkedListNode<Entry> node)
    {
        if (node.List is not null)
            _byUse.Remove(node);
        if (_entries.TryGetValue(node.Value.Key, out LinkedListNode<Entry>? known) && ReferenceEquals(known, node))
            _entries.Remove(node.Value.Key);
    }

    private sealed record Entry(string Key, Task<ApiAnswer> Answer)
    {
        public CallAttempts Attempts { get; } = new();
    }
}

/// <summary>How often a call was tried. One thread counts; any may read.</summary>
internal sealed class CallAttempts
{
    private int _count;

    public int Count
    {
        get => Volatile.Read(ref _count);
        set => Volatile.Write(ref _count, value);
    }
}
