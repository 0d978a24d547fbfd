namespace EtlTools.Bench;

/// <summary>Other work on the machine: a thread that keeps one processor busy.</summary>
internal sealed class BusyThread : IDisposable
{
    private readonly Thread _thread;
    private volatile bool _ends;

    public BusyThread()
    {
        _thread = new Thread(Spin) { IsBackground = true };
        _thread.Start();
    }

    public void Dispose()
    {
        _ends = true;
        _thread.Join();
    }

    private void Spin()
    {
        while (!_ends)
            Thread.SpinWait(1_000);
    }
}
