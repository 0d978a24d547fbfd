using System.Management.Automation;
using System.Management.Automation.Language;

namespace EtlTools.Cmdlets.Runspaces;

/// <summary>What the runspaces of a command's workers have before the first record.</summary>
internal sealed record WorkerSetup
{
    /// <summary>What the workers' scripts may do.</summary>
    public PSLanguageMode LanguageMode { get; init; }

    /// <summary>Names or paths of modules to import.</summary>
    public IReadOnlyList<string> Modules { get; init; } = [];

    /// <summary>A block that defines functions of the caller's session.</summary>
    public ScriptBlockAst? Functions { get; init; }

    /// <summary>A block to run once in each.</summary>
    public ScriptBlockAst? Initialization { get; init; }

    /// <summary>True when something in it can fail, which is to be found out before the first record.</summary>
    public bool CanFail => Modules.Count > 0 || Initialization is not null;
}
