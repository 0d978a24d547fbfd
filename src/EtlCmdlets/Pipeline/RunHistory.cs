namespace EtlTools.Cmdlets.Pipeline;

/// <summary>The last runs of a session that have ended.</summary>
internal sealed class RunHistory
{
    private const int Limit = 100;

    private readonly Lock _lock = new();
    private readonly Queue<EtlRunInfo> _runs = new();

    public IReadOnlyList<EtlRunInfo> Runs
    {
        get
        {
            lock (_lock)
                return [.. _runs];
        }
    }

    public void Add(EtlRunInfo run)
    {
        lock (_lock)
        {
            if (_runs.Count == Limit)
                _runs.Dequeue();
            _runs.Enqueue(run);
        }
    }
}
