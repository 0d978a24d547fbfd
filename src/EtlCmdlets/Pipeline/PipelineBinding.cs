using System.Collections;
using System.Numerics;
using static EtlTools.Cmdlets.Pipeline.RuntimeMembers;

namespace EtlTools.Cmdlets.Pipeline;

/// <summary>
/// What PowerShell does to bind an object of the pipeline. It looks at every parameter that was not given, up to seven times an object,
/// although one alone takes the object: a fifth of the processor time of a load.
/// </summary>
internal static class PipelineBinding
{
    /// <summary>Takes the optional parameters that no object of the pipeline can fill out of the list of those not given. Nothing is
    /// taken out where the parameter set depends on the object, nor where PowerShell does not offer the list.</summary>
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
