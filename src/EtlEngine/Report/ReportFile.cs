using EtlTools.Engine.Files;

namespace EtlTools.Engine.Report;

/// <summary>Writes a report to its file.</summary>
internal static class ReportFile
{
    /// <summary>Throws if the file cannot be written.</summary>
    /// <param name="path">The full path.</param>
    /// <param name="noClobber">Whether an existing file is kept.</param>
    /// <param name="force">Whether a read-only file is replaced.</param>
    /// <exception cref="EtlException">Says what to change.</exception>
    public static void RequireWritable(string path, bool noClobber, bool force)
    {
        if (Directory.Exists(path))
            throw new EtlException(FailureCodes.PathIsFolder, FailureKind.InvalidCall, $"-Path '{path}' is a folder. Name a file in it.");
        if (Path.GetDirectoryName(path) is { } folder && !Directory.Exists(folder))
            throw new EtlException(FailureCodes.FileNotFound, FailureKind.NotFound, $"The folder '{folder}' of -Path does not exist. Create it first.");
        if (!File.Exists(path))
            return;
        if (noClobber)
            throw new EtlException(FailureCodes.FileExists, FailureKind.InvalidCall, $"-Path '{path}' exists already. Name another file, or leave out -NoClobber.");
        if (!force && IsReadOnly(path))
            throw new EtlException(FailureCodes.AccessDenied, FailureKind.PermissionDenied, $"-Path '{path}' is read-only. Name another file, or replace it with -Force.");
    }

    /// <summary>Writes the file.</summary>
    /// <exception cref="EtlException">It cannot be written.</exception>
    public static void Write(string path, string page, bool force)
    {
        try
        {
            WholeFile.Write(path, page, force);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new EtlException(FailureCodes.AccessDenied, FailureKind.PermissionDenied, $"-Path: no permission to write '{path}'{(OperatingSystem.IsWindows() ? ", or another program has it open" : "")}.", e);
        }
        catch (IOException e)
        {
            throw new EtlException(FailureCodes.ReportFailed, FailureKind.Unavailable, $"The report '{path}' cannot be written: {e.Message.TrimEnd('.')}.", e);
        }
    }

    /// <summary>Whether the file is read-only for everyone; for root on Unix, the attribute does not show it.</summary>
    private static bool IsReadOnly(string path) => OperatingSystem.IsWindows()
        ? File.GetAttributes(path).HasFlag(FileAttributes.ReadOnly)
        : (File.GetUnixFileMode(path) & (UnixFileMode.UserWrite | UnixFileMode.GroupWrite | UnixFileMode.OtherWrite)) == 0;
}
