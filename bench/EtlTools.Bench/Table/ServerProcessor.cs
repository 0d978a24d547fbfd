using System.Globalization;
using EtlTools.Testing;

namespace EtlTools.Bench;

/// <summary>The processor time of a PostgreSQL server.</summary>
internal static class ServerProcessor
{
    /// <summary>Linux tells times in hundredths of a second, whatever its kernel counts in.</summary>
    private const double Tick = 0.01;

    /// <summary>Seconds of all its processes, those that have ended included; not a number where the system has no /proc.</summary>
    public static double ProcessorSeconds(this PostgresServer server)
    {
        if (!OperatingSystem.IsLinux())
            return double.NaN;
        string parent = server.ProcessId.ToString(CultureInfo.InvariantCulture);
        double ticks = 0;
        foreach (string folder in Directory.GetDirectories("/proc"))
        {
            if (!char.IsAsciiDigit(Path.GetFileName(folder)[0]) || StatOf(folder) is not { } stat)
                continue;
            bool isParent = Path.GetFileName(folder) == parent;
            // The server itself knows what its ended children used.
            if (isParent || stat[1] == parent)
                ticks += stat[11..(isParent ? 15 : 13)].Sum(text => double.Parse(text, CultureInfo.InvariantCulture));
        }
        return ticks * Tick;
    }

    /// <summary>The fields behind the program's name; null where the process has ended meanwhile.</summary>
    private static string[]? StatOf(string folder)
    {
        try
        {
            string text = File.ReadAllText(Path.Combine(folder, "stat"));
            return text[(text.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (IOException)
        {
            return null;
        }
    }
}
