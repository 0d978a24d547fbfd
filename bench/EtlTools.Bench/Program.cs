using EtlTools.Bench;

string name = args.Length > 0 ? args[0] : "all";
string[] rest = [.. args.Skip(1)];
var benches = new Dictionary<string, Func<string[], bool>>(StringComparer.OrdinalIgnoreCase)
{
    ["import"] = ImportBench.Run,
    ["wide"] = WideBench.Run,
    ["import-csv"] = ImportCsvBench.Run,
    ["import-memory"] = MemoryBench.RunImport,
    ["kill"] = KillBench.Run,
    ["run-kill"] = KillBench.RunChild,
    ["load"] = LoadBench.Run,
    ["memory"] = MemoryBench.Run,
    ["run"] = MemoryBench.RunChild,
    ["run-import"] = MemoryBench.RunImportChild,
};
if (name == "all")
    return benches.Where(bench => !bench.Key.StartsWith("run", StringComparison.Ordinal)).All(bench => bench.Value(rest)) ? 0 : 1;
if (!benches.TryGetValue(name, out Func<string[], bool>? run))
{
    Console.Error.WriteLine($"Unknown bench '{name}'. Use one of: {string.Join(", ", benches.Keys.Where(key => !key.StartsWith("run", StringComparison.Ordinal)))}, all.");
    return 2;
}
return run(rest) ? 0 : 1;
