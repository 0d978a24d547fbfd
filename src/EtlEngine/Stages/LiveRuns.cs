using System.Runtime.InteropServices;

namespace EtlTools.Engine.Stages;

/// <summary>
/// The runs of the whole process, whichever session they belong to: one has to be stopped from another thread, and a signal is for
/// the process. While a run lives that heeds it, SIGTERM is a request: the first drains or drops, the second drops.
/// </summary>
internal static class LiveRuns
{
    private static readonly Lock Sync = new();
    private static readonly Dictionary<Guid, bool> DropAtOnce = [];
    private static PosixSignalRegistration? _registration;
    private static int _signals;

    /// <summary>The runs.</summary>
    public static RunRegistry Book { get; } = new();

    /// <summary>True after a SIGTERM: the process is to end, and no source begins to read.</summary>
    public static bool IsTerminating => Volatile.Read(ref _signals) > 0;

    /// <summary>A run begins.</summary>
    public static void Begin(EtlRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        Book.Begin(run);
    }

    /// <summary>A run heeds SIGTERM from now on.</summary>
    /// <param name="run">The run.</param>
    /// <param name="drop">Whether it is dropped; else it is drained.</param>
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
        // Outside the lock: it waits for a handler that runs.
        idle?.Dispose();
    }

    private static void OnTermination(PosixSignalContext context)
    {
        int signals = Interlocked.Increment(ref _signals);
        // Whoever asks a third time gets what the operating system does by itself.
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
