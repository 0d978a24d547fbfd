using System.Collections;
using System.Management.Automation;
using System.Reflection;

namespace EtlTools.Cmdlets.Tests;

/// <summary>Writes, for each object, how many parameters PowerShell still wants to bind for another command of the pipeline.</summary>
[Cmdlet(VerbsCommon.Get, "UnboundCount")]
[OutputType(typeof(int))]
public sealed class GetUnboundCountCommand : PSCmdlet
{
    /// <summary>The name of the other command.</summary>
    [Parameter(Mandatory = true)]
    public string Of { get; set; } = "";

    /// <summary>What comes from it.</summary>
    [Parameter(ValueFromPipeline = true)]
    public object? InputObject { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        object other = ((IEnumerable)Read(Read(CommandRuntime, "PipelineProcessor"), "Commands"))
            .Cast<object>().Last(processor => ((Cmdlet)Read(processor, "Command")).CommandRuntime is { } runtime && $"{runtime}" == Of);
        WriteObject(((ICollection)Read(Read(other, "CmdletParameterBinderController"), "UnboundParameters")).Count);
    }

    private static object Read(object target, string name)
    {
        for (Type? type = target.GetType(); type is not null; type = type.BaseType)
        {
            if (type.GetProperty(name, BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public | BindingFlags.DeclaredOnly) is { } property)
                return property.GetValue(target)!;
        }
        throw new MissingMemberException(target.GetType().FullName, name);
    }
}
