using System.Runtime.Versioning;
using System.Security.AccessControl;
using System.Security.Principal;

namespace EtlTools.Engine.Files;

/// <summary>Files to which lines are appended, such as dead letters and logs. Only their owner can read them, because they may contain
/// values.</summary>
internal static class AppendFile
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>The file at a path; it is not opened yet.</summary>
    /// <param name="path">The full path.</param>
    /// <param name="parameter">The parameter that names it.</param>
    /// <param name="code">The error code for an impossible path, one of <see cref="FailureCodes"/>.</param>
    /// <param name="isTorn">Whether a last line without a line end is cut off; null to keep it.</param>
    /// <param name="maxBytes">The size from which the file is renamed and a new one started; null for no limit.</param>
    /// <exception cref="EtlException">A file cannot be created there.</exception>
    public static IAppendFile At(string path, string parameter, string code, TornLineTest? isTorn, long? maxBytes = null)
    {
        FilePath.RequirePlace(path, parameter, code);
        isTorn ??= (_, _, _) => false;
        IAppendFile file = OperatingSystem.IsWindows() ? new LockedAppendFile(path, isTorn) : new AtomicAppendFile(path, isTorn);
        return maxBytes is { } max ? new RollingAppendFile(file, path, max) : file;
    }

    /// <summary>Opens or creates the file.</summary>
    public static FileStream Open(string path, FileShare share)
    {
        if (OperatingSystem.IsWindows() && !File.Exists(path))
            return MakeOnWindows(path, share);
        var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = share };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = OwnerOnly;
        return new FileStream(path, options);
    }

    [SupportedOSPlatform("windows")]
    private static FileStream MakeOnWindows(string path, FileShare share)
    {
        using var identity = WindowsIdentity.GetCurrent();
        var security = new FileSecurity();
        security.SetAccessRuleProtection(isProtected: true, preserveInheritance: false);
        security.AddAccessRule(new FileSystemAccessRule(identity.User!, FileSystemRights.FullControl, AccessControlType.Allow));
        // On a share, who may only change files is refused more than this.
        return new FileInfo(path).Create(
            FileMode.OpenOrCreate, FileSystemRights.Read | FileSystemRights.Write, share, bufferSize: 4096, FileOptions.None, security);
    }
}
