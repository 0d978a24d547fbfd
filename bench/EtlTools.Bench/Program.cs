using EtlTools.Bench;

string name = args.Length > 0 ? args[0] : "all";
string[] rest = [.. args.Skip(1)];
var benches = new Dictionary<string, Func<string[], bool>>(StringComparer.OrdinalIgnoreCase)
{
    ["api"] = ApiBench.Run,
    ["api-memory"] = ApiBench.RunMemory,
    ["api-run"] = ApiBench.RunChild,
    ["import"] = ImportBench.Run,
    ["wide"] = WideBench.Run,
    ["import-csv"] = ImportCsvBench.Run,
    ["import-memory"] = MemoryBench.RunImport,
    ["kill"] = KillBench.Run,
    ["run-kill"] = KillBench.RunChild,
    ["load"] = LoadBench.Run,
    ["memory"] = MemoryBench.Run,
    ["start"] = StartBench.Run,
    ["telemetry"] = TelemetryBench.Run,
    ["transform"] = TransformBench.Run,
    ["run"] = MemoryBench.RunChild,
    ["run-import"] = MemoryBench.RunImportChild,
};
if (name == "all")
    return benches.Where(bench => !IsChild(bench.Key)).All(bench => bench.Value(rest)) ? 0 : 1;
if (!benches.TryGetValue(name, out Func<string[], bool>? run))
{
    Console.Error.WriteLine($"Unknown bench '{name}'. Use one of: {string.Join(", ", benches.Keys.Where(key => !IsChild(key)))}, all.");
    return 2;
}
return run(rest) ? 0 : 1;

// What a bench runs in a process of its own.
static bool IsChild(string name) => name.StartsWith("run", StringComparison.Ordinal) || name.EndsWith("-run", StringComparison.Ordinal);
