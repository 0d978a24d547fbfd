using System.Management.Automation;

namespace Microsoft.PowerShell.Commands;

/// <summary>PowerShell paths, made into what a provider knows.</summary>
internal static class Paths
{
    /// <summary>The file that a path to be written names; a wildcard must match exactly one file, or be taken literally.</summary>
    public static string ForWriting(PSCmdlet command, string path, bool literal)
    {
        if (!literal && WildcardPattern.ContainsWildcardCharacters(path))
        {
            string[] matches = [.. command.GetResolvedProviderPathFromPSPath(path, out _)];
            if (matches.Length == 1)
                return matches[0];
        }

        string file = command.SessionState.Path.GetUnresolvedProviderPathFromPSPath(path, out ProviderInfo provider, out _);
        if (provider.Name != "FileSystem")
            throw new PSNotSupportedException($"The path '{path}' is not a file's.");
        return file;
    }

    /// <summary>The files that a path to be read names; a plain path is the file's, whether it exists or not.</summary>
    public static IEnumerable<string> ForReading(PSCmdlet command, string path, bool literal)
        => !literal && WildcardPattern.ContainsWildcardCharacters(path)
            ? command.GetResolvedProviderPathFromPSPath(path, out _)
            : [command.SessionState.Path.GetUnresolvedProviderPathFromPSPath(path)];

    /// <summary>The existing items that a path means. A wildcard without a match is nothing; a plain path without one is an error record.</summary>
    public static IEnumerable<PathInfo> Existing(PSCmdlet command, string[] paths, bool literal)
    {
        foreach (string path in paths)
        {
            IEnumerable<PathInfo> found;
            try
            {
                found = command.SessionState.Path.GetResolvedPSPathFromPSPath(literal ? WildcardPattern.Escape(path) : path);
            }
            catch (Exception e) when (e is IContainsErrorRecord)
            {
                command.WriteError(((IContainsErrorRecord)e).ErrorRecord);
                continue;
            }

            foreach (PathInfo item in found)
                yield return item;
        }
    }
}
