using System.Collections.ObjectModel;
using System.Management.Automation;
using EtlTools.Engine;

namespace EtlTools.Cmdlets.Arguments;

/// <summary>
/// Makes full paths of those that parameters name. A relative path begins at the session's folder, also while the session's location is in a
/// drive of another kind, such as Env: or SQLSERVER:, and never at the folder of the process.
/// </summary>
internal static class SessionPath
{
    private const string FileSystem = "FileSystem";

    /// <summary>The full path of a file, which need not exist.</summary>
    /// <param name="session">The session's paths.</param>
    /// <param name="path">The path as the user gave it, without wildcards.</param>
    /// <param name="parameter">The parameter that names it.</param>
    /// <exception cref="EtlException">It is a path of another kind of drive.</exception>
    public static string Full(PathIntrinsics session, string path, string parameter)
    {
        string full = session.GetUnresolvedProviderPathFromPSPath(FromFolder(session, path, isPattern: false), out ProviderInfo provider, out _);
        Require(provider, path, parameter);
        return full;
    }

    /// <summary>The full paths of the files that a path with wildcards names.</summary>
    /// <exception cref="EtlException">It is a path of another kind of drive.</exception>
    public static Collection<string> Find(PathIntrinsics session, string path, string parameter)
    {
        Collection<string> found = session.GetResolvedProviderPathFromPSPath(FromFolder(session, path, isPattern: true), out ProviderInfo provider);
        Require(provider, path, parameter);
        return found;
    }

    /// <summary>A relative path, from the session's folder, where PowerShell would begin elsewhere.</summary>
    private static string FromFolder(PathIntrinsics session, string path, bool isPattern)
    {
        if (session.CurrentLocation.Provider.Name == FileSystem || session.IsPSAbsolute(path, out _))
            return path;
        PathInfo current = session.CurrentFileSystemLocation;
        bool isOfHome = path is "~" or ['~', '/' or '\\', ..];
        string folder = isOfHome ? current.Provider.Home : current.ProviderPath;
        if (isPattern)
            folder = WildcardPattern.Escape(folder);
        // GetFullPath, not Combine: on Windows \data\a.csv begins at the root of the folder's drive.
        string full = isOfHome ? Path.Join(folder, path.AsSpan(1)) : Path.GetFullPath(path, folder);
        return $"{FileSystem}::{full}";
    }

    private static void Require(ProviderInfo provider, string path, string parameter)
    {
        if (provider.Name != FileSystem)
            throw new EtlException(FailureCodes.InvalidParameter, FailureKind.InvalidCall, $"{parameter}: '{path}' is not a path of the file system.");
    }
}
