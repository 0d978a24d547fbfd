using System.Management.Automation;
using System.Reflection;

namespace EtlTools.Cmdlets.Runspaces;

/// <summary>The language mode of workers: the caller's, or that of a block which may do less. A trusted function of a constrained
/// session runs unconstrained, and may be passing on a block that does not.</summary>
internal static class WorkerLanguage
{
    /// <summary>The mode of the session in which a block was made, which PowerShell keeps internal.</summary>
    private static readonly PropertyInfo? ModeOfBlock = typeof(ScriptBlock).GetProperty("LanguageMode", BindingFlags.Instance | BindingFlags.NonPublic);

    public static PSLanguageMode Of(PSCmdlet caller, IEnumerable<ScriptBlock> blocks)
    {
        PSLanguageMode mode = caller.SessionState.LanguageMode;
        return mode == PSLanguageMode.FullLanguage && !blocks.All(IsUnconstrained) ? PSLanguageMode.ConstrainedLanguage : mode;
    }

    private static bool IsUnconstrained(ScriptBlock block) => ModeOfBlock?.GetValue(block) is null or PSLanguageMode.FullLanguage;
}
