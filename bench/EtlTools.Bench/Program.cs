using EtlTools.Bench;

string name = args.Length > 0 ? args[0] : "all";
string[] rest = [.. args.Skip(1)];
var benches = new Dictionary<string, Func<string[], bool>>(StringComparer.OrdinalIgnoreCase)
{
    ["all"] = TableBench.Run,
    ["api"] = ApiBench.Run,
    ["api-memory"] = ApiBench.RunMemory,
    ["import-memory"] = MemoryBench.RunImport,
    ["kill"] = KillBench.Run,
    ["kill-whole"] = KillWholeBench.Run,
    ["memory"] = MemoryBench.Run,
    ["shares"] = ShareBench.Run,
    ["sql"] = SqlBench.Run,
    ["sql-copy"] = SqlBench.RunCopy,
    ["telemetry"] = TelemetryBench.Run,
};
if (!benches.TryGetValue(name, out Func<string[], bool>? run))
{
    Console.Error.WriteLine($"Unknown bench '{name}'. Use one of: {string.Join(", ", benches.Keys)}.");
    return 2;
}
try
{
    return run(rest) ? 0 : 1;
}
catch (Exception e) when (e is InvalidOperationException or ArgumentException)
{
    Console.Error.WriteLine(e.Message);
    return 2;
}
