using System.Management.Automation;

namespace EtlTools.Cmdlets;

/// <summary>What jobs and remoting put on every object that they hand over, beside its data.</summary>
internal static class RemotingProperties
{
    private const string ShowsComputer = "PSShowComputerName";

    /// <summary>Whether a member is such a one. The name of the computer is data where PowerShell itself shows it, as of objects from Invoke-Command;
    /// those of a job on this machine have it too, hidden.</summary>
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
