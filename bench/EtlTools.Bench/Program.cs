using EtlTools.Bench;

string name = args.Length > 0 ? args[0] : "all";
string[] rest = [.. args.Skip(1)];
var benches = new Dictionary<string, Func<string[], bool>>(StringComparer.OrdinalIgnoreCase)
{
    ["api"] = ApiBench.Run,
    ["api-memory"] = ApiBench.RunMemory,
    ["api-run"] = ApiBench.RunChild,
    ["import"] = ImportBench.Run,
    ["load"] = LoadBench.Run,
    ["memory"] = MemoryBench.Run,
    ["run"] = MemoryBench.RunChild,
};
if (name == "all")
    return benches.Where(bench => !bench.Key.EndsWith("run", StringComparison.Ordinal)).All(bench => bench.Value(rest)) ? 0 : 1;
if (!benches.TryGetValue(name, out Func<string[], bool>? run))
{
    Console.Error.WriteLine($"Unknown bench '{name}'. Use one of: api, api-memory, import, load, memory, all.");
    return 2;
}
return run(rest) ? 0 : 1;
