using System.Collections.ObjectModel;
using System.Management.Automation;
using EtlTools.Engine;

namespace EtlTools.Cmdlets.Arguments;

/// <summary>Gathers the files that -Path and -LiteralPath name, and what of it names none.</summary>
internal sealed class FilePaths(PSCmdlet command)
{
    /// <summary>The files' full paths.</summary>
    public List<string> Files { get; } = [];

    /// <summary>Why a path cannot be used.</summary>
    public List<EtlException> Unusable { get; } = [];

    /// <summary>Adds the files of paths.</summary>
    /// <param name="paths">As the user gave them; wildcards are expanded.</param>
    /// <param name="areLiteral">Whether they are taken as they are.</param>
    public void Add(string[] paths, bool areLiteral)
    {
        foreach (string path in paths)
        {
            if (areLiteral)
                Files.Add(command.GetUnresolvedProviderPathFromPSPath(path));
            else
                Expand(path);
        }
    }

    private void Expand(string path)
    {
        try
        {
            Collection<string> found = command.GetResolvedProviderPathFromPSPath(path, out ProviderInfo provider);
            if (provider.Name != "FileSystem")
                Unusable.Add(new EtlException(FailureCodes.InvalidParameter, FailureKind.InvalidCall, $"-Path: '{path}' is no path of a file system."));
            else if (found.Count == 0)
                Unusable.Add(new EtlException(FailureCodes.FileNotFound, FailureKind.NotFound, $"-Path: no file matches '{path}'."));
            else
                Files.AddRange(found);
        }
        catch (Exception e) when (e is ItemNotFoundException or System.Management.Automation.DriveNotFoundException or ProviderNotFoundException)
        {
            Unusable.Add(new EtlException(FailureCodes.FileNotFound, FailureKind.NotFound, $"-Path: '{path}' does not exist.", e));
        }
    }
}
