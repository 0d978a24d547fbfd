using System.Management.Automation;
using System.Runtime.CompilerServices;

namespace EtlTools.Cmdlets.Isolation;

/// <summary>Runs when the module is imported, before any engine type is needed.</summary>
public sealed class ModuleInitializer : IModuleAssemblyInitializer
{
    private static int _registered;

    /// <inheritdoc/>
    public void OnImport() => EnsureRegistered();

    /// <summary>
    /// types.ps1xml may make the record adapter's assembly run before the import has got here, and the registration
    /// belongs to the process: once is enough, whoever comes first.
    /// </summary>
    [ModuleInitializer]
    [System.Diagnostics.CodeAnalysis.SuppressMessage("Usage", "CA2255", Justification = "The engine must be found however this assembly was loaded.")]
    internal static void EnsureRegistered()
    {
        if (Interlocked.Exchange(ref _registered, 1) == 0)
            EngineLoadContext.Register();
    }
}
