using System.Collections;
using System.Numerics;
using static EtlTools.Cmdlets.Pipeline.RuntimeMembers;

namespace EtlTools.Cmdlets.Pipeline;

/// <summary>
/// Shortens what PowerShell does to bind a pipeline object. It looks at every parameter that was not given, up to seven times per object,
/// although only one takes the object. That was a fifth of a load's processor time.
/// </summary>
internal static class PipelineBinding
{
    /// <summary>Removes the optional parameters that no pipeline object can fill from the list of parameters that were not given. Removes
    /// nothing if the parameter set depends on the object, or if PowerShell does not offer the list.</summary>
    /// <returns>Whether the list was narrowed.</returns>
    public static bool TryNarrow(EtlCommand command)
    {
        if (Read(command.CommandRuntime, "Context") is not { } context || Read(context, "CurrentCommandProcessor") is not { } processor
            || !ReferenceEquals(Read(processor, "Command"), command)
            || Read(processor, "CmdletParameterBinderController") is not { } binder
            || Read(binder, "_prePipelineProcessingParameterSetFlags") is not uint sets || !(sets == uint.MaxValue || BitOperations.IsPow2(sets))
            || Read(binder, "UnboundParameters") is not IList { IsFixedSize: false } notGiven)
            return false;
        for (int i = notGiven.Count - 1; i >= 0; i--)
        {
            if (Read(notGiven[i]!, "Parameter") is { } parameter
                && Read(parameter, "IsPipelineParameterInSomeParameterSet") is false && Read(parameter, "IsMandatoryInSomeParameterSet") is false)
                notGiven.RemoveAt(i);
        }
        return true;
    }
}
