using EtlTools.Bench;

string name = args.Length > 0 ? args[0] : "all";
string[] rest = [.. args.Skip(1)];
var benches = new Dictionary<string, Func<string[], bool>>(StringComparer.OrdinalIgnoreCase)
{
    ["api"] = ApiBench.Run,
    ["api-memory"] = ApiBench.RunMemory,
    ["import"] = ImportBench.Run,
    ["wide"] = WideBench.Run,
    ["import-csv"] = ImportCsvBench.Run,
    ["import-memory"] = MemoryBench.RunImport,
    ["kill"] = KillBench.Run,
    ["kill-whole"] = KillWholeBench.Run,
    ["load"] = LoadBench.Run,
    ["memory"] = MemoryBench.Run,
    ["shares"] = ShareBench.Run,
    ["sql"] = SqlBench.Run,
    ["sql-copy"] = SqlBench.RunCopy,
    ["start"] = StartBench.Run,
    ["telemetry"] = TelemetryBench.Run,
    ["transform"] = TransformBench.Run,
};
if (name == "all")
    return benches.Values.All(bench => bench(rest)) ? 0 : 1;
if (!benches.TryGetValue(name, out Func<string[], bool>? run))
{
    Console.Error.WriteLine($"Unknown bench '{name}'. Use one of: {string.Join(", ", benches.Keys)}, all.");
    return 2;
}
return run(rest) ? 0 : 1;
