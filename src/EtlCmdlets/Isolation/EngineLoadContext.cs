using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Loader;

namespace EtlTools.Cmdlets.Isolation;

/// <summary>
/// Loads the engine and its libraries separately, so that other modules may bring other versions of the same libraries. Prefers assemblies
/// that were compiled ahead of time for this platform.
/// </summary>
internal sealed class EngineLoadContext : AssemblyLoadContext
{
    private const string EngineName = "EtlEngine";

    private readonly AssemblyDependencyResolver _resolver;
    private readonly string _precompiled;

    private EngineLoadContext(string enginePath) : base("EtlTools")
    {
        _resolver = new AssemblyDependencyResolver(enginePath);
        _precompiled = Path.Combine(Path.GetDirectoryName(enginePath)!, "precompiled", RuntimeInformation.RuntimeIdentifier);
    }

    /// <summary>Lets the cmdlets' assembly load the engine by name, and nothing else.</summary>
    public static void Register()
    {
        string folder = Path.GetDirectoryName(typeof(EngineLoadContext).Assembly.Location)!;
        string enginePath = Path.Combine(folder, "engine", EngineName + ".dll");
        var context = new EngineLoadContext(enginePath);
        Default.Resolving += (_, name) => string.Equals(name.Name, EngineName, StringComparison.Ordinal) ? context.LoadBest(enginePath) : null;
    }

    protected override Assembly? Load(AssemblyName assemblyName) =>
        _resolver.ResolveAssemblyToPath(assemblyName) is { } path ? LoadBest(path) : null;

    protected override nint LoadUnmanagedDll(string unmanagedDllName) =>
        _resolver.ResolveUnmanagedDllToPath(unmanagedDllName) is { } path ? LoadUnmanagedDllFromPath(path) : nint.Zero;

    private Assembly LoadBest(string path)
    {
        string precompiled = Path.Combine(_precompiled, Path.GetFileName(path));
        return LoadFromAssemblyPath(File.Exists(precompiled) ? precompiled : path);
    }
}
