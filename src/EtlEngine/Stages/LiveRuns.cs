using System.Runtime.InteropServices;

namespace EtlTools.Engine.Stages;

/// <summary>
/// The runs of all sessions in the process, because a run is stopped from another thread, and a signal concerns the process. While runs
/// that handle SIGTERM are active, the first SIGTERM drains or drops them, and the second drops them.
/// </summary>
internal static class LiveRuns
{
    private static readonly Lock Sync = new();
    private static readonly Dictionary<Guid, bool> DropAtOnce = [];
    private static PosixSignalRegistration? _registration;
    private static int _signals;

    /// <summary>The runs.</summary>
    public static RunRegistry Book { get; } = new();

    /// <summary>True after a SIGTERM: the process should end, so no source starts to read.</summary>
    public static bool IsTerminating => Volatile.Read(ref _signals) > 0;

    /// <summary>A run begins.</summary>
    public static void Begin(EtlRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        Book.Begin(run);
    }

    /// <summary>A run handles SIGTERM from now on.</summary>
    /// <param name="run">The run.</param>
    /// <param name="drop">Whether SIGTERM drops it; otherwise it drains.</param>
    public static void HeedTermination(EtlRun run, bool drop)
    {
        ArgumentNullException.ThrowIfNull(run);
        lock (Sync)
        {
            DropAtOnce[run.Id] = drop;
            _registration ??= PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnTermination);
        }
        if (IsTerminating)
            run.Shutdown.Drain("the process was told to end (SIGTERM)");
    }

    /// <summary>A run has ended.</summary>
    public static void End(EtlRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        Book.End(run);
        PosixSignalRegistration? idle = null;
        lock (Sync)
        {
            DropAtOnce.Remove(run.Id);
            if (DropAtOnce.Count == 0)
                (idle, _registration) = (_registration, null);
        }
        // Outside the lock, because it waits for a running handler.
        idle?.Dispose();
    }

    private static void OnTermination(PosixSignalContext context)
    {
        int signals = Interlocked.Increment(ref _signals);
        // A third signal has the default effect of the operating system.
        context.Cancel = signals <= 2;
        Dictionary<Guid, bool> heeding;
        lock (Sync)
            heeding = new Dictionary<Guid, bool>(DropAtOnce);
        foreach (EtlRun run in Book.Live)
        {
            if (!heeding.TryGetValue(run.Id, out bool drop))
                continue;
            if (drop || signals > 1)
                run.Shutdown.Drop(signals > 1 ? "the process was told to end twice (SIGTERM)" : "the process was told to end (SIGTERM, -OnTermination Drop)");
            else
                run.Shutdown.Drain("the process was told to end (SIGTERM)");
        }
    }
}
