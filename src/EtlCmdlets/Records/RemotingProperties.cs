using System.Management.Automation;

namespace EtlTools.Cmdlets;

/// <summary>What jobs and remoting put on every object that they hand over, beside its data.</summary>
internal static class RemotingProperties
{
    public static bool Contains(PSMemberInfo member) => member.IsInstance && member is PSNoteProperty note && note.Name switch
    {
        "RunspaceId" or "PSSourceJobInstanceId" => note.Value is Guid,
        "PSShowComputerName" => note.Value is bool,
        _ => false,
    };
}
