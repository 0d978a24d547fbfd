using System.Management.Automation;

namespace EtlTools.Cmdlets;

/// <summary>The properties that jobs and remoting add to every object, beside its data.</summary>
internal static class RemotingProperties
{
    private const string ShowsComputer = "PSShowComputerName";

    /// <summary>Whether a member is one of these. The computer name is data if PowerShell itself shows it, as for objects from
    /// Invoke-Command; objects from a local job have it too, but hidden.</summary>
    /// <param name="member">A member of the object.</param>
    /// <param name="owner">The object.</param>
    public static bool Contains(PSMemberInfo member, PSObject owner) => member.IsInstance && member is PSNoteProperty note && note.Name switch
    {
        "RunspaceId" or "PSSourceJobInstanceId" => note.Value is Guid,
        ShowsComputer => note.Value is bool,
        "PSComputerName" => owner.Properties[ShowsComputer] is PSNoteProperty { Value: false },
        _ => false,
    };
}
