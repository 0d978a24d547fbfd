using System.Runtime.Versioning;
using System.Security.AccessControl;
using System.Security.Principal;

namespace EtlTools.Engine.Load;

/// <summary>The file that dead letters are appended to: for its owner alone, since it holds the records' values.</summary>
internal static class DeadLetterFile
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>A writer for a path; the file is not touched yet.</summary>
    /// <param name="path">The full path.</param>
    /// <param name="maxBytes">Beyond this the file is moved aside and a new one begun; null for never.</param>
    /// <exception cref="EtlException">No file can be there.</exception>
    public static IAppendFile At(string path, long? maxBytes)
    {
        if (Directory.Exists(path))
            throw Failure($"-DeadLetterPath '{path}' is a folder. Name a file in it.");
        string? folder = Path.GetDirectoryName(Path.GetFullPath(path));
        if (folder is not null && !Directory.Exists(folder))
            throw Failure($"The folder '{folder}' of -DeadLetterPath does not exist. Create it first.");
        IAppendFile file = OperatingSystem.IsWindows() ? new LockedAppendFile(path) : new AtomicAppendFile(path);
        return maxBytes is { } max ? new RollingAppendFile(file, path, max) : file;
    }

    /// <summary>Opens or makes the file.</summary>
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
        return new FileInfo(path).Create(
            FileMode.OpenOrCreate, FileSystemRights.FullControl, share, bufferSize: 4096, FileOptions.None, security);
    }

    private static EtlException Failure(string message) => new(FailureCodes.DeadLetterFailed, FailureKind.InvalidCall, message);
}
