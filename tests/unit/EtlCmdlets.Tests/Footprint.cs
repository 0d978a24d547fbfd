using System.Management.Automation.Runspaces;
using System.Reflection;
using Xunit;

namespace EtlTools.Cmdlets.Tests;

/// <summary>What the process holds: open files and sockets, this module's threads, runspaces.</summary>
internal sealed record Footprint(int Files, int Threads, int Runspaces, string OpenFiles)
{
    /// <summary>Counts, giving what has just been released a moment to go.</summary>
    public static Footprint Take(Footprint? atMost = null)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Counts what /proc shows.");
        Footprint now = Count();
        for (int i = 0; i < 100 && atMost is not null && !now.IsWithin(atMost); i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            Thread.Sleep(50);
            now = Count();
        }
        return now;
    }

    public bool IsWithin(Footprint other) =>
        Files <= other.Files && Threads <= other.Threads && Runspaces <= other.Runspaces;

    private static Footprint Count()
    {
        string[] files = [.. Directory.GetFileSystemEntries("/proc/self/fd").Select(Target).Where(target => target is not null)!];
        int threads = Directory.GetDirectories("/proc/self/task").Count(IsOurs);
        PropertyInfo list = typeof(Runspace).GetProperty("RunspaceList", BindingFlags.Static | BindingFlags.NonPublic)!;
        int runspaces = ((IEnumerable<Runspace>)list.GetValue(null)!)
            .Count(runspace => runspace.RunspaceStateInfo.State is not (RunspaceState.Closed or RunspaceState.Broken));
        return new Footprint(files.Length, threads, runspaces, string.Join('\n', files.Order()));
    }

    private static string? Target(string link)
    {
        string? target = new FileInfo(link).LinkTarget;
        // The folder being listed is open while it is listed, and assemblies stay open once they are used.
        return target is null || target.StartsWith("/proc/", StringComparison.Ordinal) || target.EndsWith(".dll", StringComparison.Ordinal) || target.EndsWith(".pdb", StringComparison.Ordinal)
            ? null
            : target;
    }

    private static bool IsOurs(string task)
    {
        try
        {
            return File.ReadAllText(Path.Combine(task, "comm")).StartsWith("EtlTools", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            // The thread has just ended.
            return false;
        }
    }
}
