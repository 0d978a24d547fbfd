using System.Diagnostics;
using System.Runtime.InteropServices;

namespace EtlTools.Bench;

/// <summary>Seconds that something took.</summary>
/// <param name="Wall">By the clock.</param>
/// <param name="Processor">Of processors, in all threads and processes that took part; not a number where the system does not tell.</param>
internal readonly record struct Taken(double Wall, double Processor)
{
    private const int Children = -1;

    public static Taken operator *(Taken taken, double factor) => new(taken.Wall * factor, taken.Processor * factor);

    /// <summary>Runs what starts processes and waits for their end.</summary>
    public static Taken OfProcesses(Action run)
    {
        double before = ProcessorOfEnded();
        long began = Stopwatch.GetTimestamp();
        run();
        return new Taken(Stopwatch.GetElapsedTime(began).TotalSeconds, ProcessorOfEnded() - before);
    }

    /// <summary>Runs what works in this process.</summary>
    public static Taken OfThisProcess(Action run)
    {
        GC.Collect();
        TimeSpan before = Environment.CpuUsage.TotalTime;
        long began = Stopwatch.GetTimestamp();
        run();
        return new Taken(Stopwatch.GetElapsedTime(began).TotalSeconds, (Environment.CpuUsage.TotalTime - before).TotalSeconds);
    }

    /// <summary>Processor time of all child processes that have ended.</summary>
    private static double ProcessorOfEnded()
    {
        if (OperatingSystem.IsWindows())
            return double.NaN;
        // User and system time come first, as seconds and microseconds.
        long[] usage = new long[32];
        return getrusage(Children, usage) == 0
            ? usage[0] + usage[2] + ((int)usage[1] + (int)usage[3]) / 1e6
            : throw new InvalidOperationException($"getrusage failed with error {Marshal.GetLastPInvokeError()}.");
    }

#pragma warning disable IDE1006, SYSLIB1054 // The system's name; generated code would need unsafe blocks.
    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int getrusage(int who, [Out] long[] usage);
#pragma warning restore IDE1006, SYSLIB1054
}
