using System.Globalization;
using System.Reflection.PortableExecutable;
using EtlTools.Testing;

namespace EtlTools.Bench;

/// <summary>The table of all figures that have a peer or a goal. Every row is measured, whatever goals are missed.</summary>
internal static class TableBench
{
    private static readonly Dictionary<string, Func<IEnumerable<Row>>> Parts = new(StringComparer.OrdinalIgnoreCase)
    {
        ["cold"] = ColdRows.Measure,
        ["sqlite"] = SqliteRows.Measure,
        ["postgres"] = PostgresRows.Measure,
        ["import"] = ImportRows.Measure,
        ["wide"] = WideRows.Measure,
        ["transform"] = TransformRows.Measure,
        ["start"] = StartRows.Measure,
        ["allocated"] = AllocatedRows.Measure,
    };

    /// <param name="args">Parts of the table, all by default; before them how many rounds, where that is not to be five.</param>
    public static bool Run(string[] args)
    {
        if (args.Length > 0 && int.TryParse(args[0], NumberStyles.None, CultureInfo.InvariantCulture, out int rounds) && rounds > 0)
            (Measure.Rounds, args) = (rounds, args[1..]);
        string[] names = args.Length > 0 ? args : [.. Parts.Keys];
        if (names.FirstOrDefault(name => !Parts.ContainsKey(name)) is { } unknown)
            throw new ArgumentException($"The table has no part '{unknown}'. Use some of: {string.Join(", ", Parts.Keys)}.");
        // Without a peer there is nothing to compare with, and that is known before anything is measured.
        Programs.Require("sqlite3", "psql");
        PostgresServer.RequirePrograms();
        Console.WriteLine($"{Environment.ProcessorCount} processors, {Environment.OSVersion}, .NET {Environment.Version}; load average {LoadAverage()} before");
        Console.WriteLine($"{PwshProgram.Path}: its assemblies are {(IsPrecompiled(PwshProgram.Path) ? "" : "NOT ")}precompiled{(IsPrecompiled(PwshProgram.Path) ? "" : ", as an installed pwsh's are: its cold rows say little")}");
        Console.WriteLine($"{Session.ModulePath()}: the engine is {(HasPrecompiledEngine() ? "" : "NOT ")}precompiled for this platform");
        Console.WriteLine(FormattableString.Invariant($"Medians of {Measure.Rounds} rounds in turn"));
        Console.WriteLine();
        Console.WriteLine(Row.Head);
        var missed = new List<Row>();
        foreach (Row row in names.SelectMany(name => Parts[name]()))
        {
            Console.WriteLine(row);
            if (!row.IsMet)
                missed.Add(row);
        }
        Console.WriteLine();
        Console.WriteLine($"Load average {LoadAverage()} after. {(missed.Count == 0 ? "Every goal is met." : $"Goals not met: {missed.Count}.")}");
        return missed.Count == 0;
    }

    private static string LoadAverage() =>
        File.Exists("/proc/loadavg") ? string.Join(' ', File.ReadAllText("/proc/loadavg").Split(' ').Take(3)) : "not known";

    private static bool IsPrecompiled(string pwsh)
    {
        using var assembly = new PEReader(File.OpenRead(Path.Combine(Path.GetDirectoryName(pwsh)!, "System.Management.Automation.dll")));
        return assembly.PEHeaders.CorHeader!.ManagedNativeHeaderDirectory.Size > 0;
    }

    private static bool HasPrecompiledEngine() => Directory.Exists(
        Path.Combine(Path.GetDirectoryName(Session.ModulePath())!, "engine", "precompiled", System.Runtime.InteropServices.RuntimeInformation.RuntimeIdentifier));
}
