namespace EtlTools.Engine.Load;

/// <summary>Opens a dead letter for appending.</summary>
internal static class DeadLetterFile
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    public static void CheckPath(string path)
    {
        if (Directory.Exists(path))
            throw Failure($"-DeadLetterPath '{path}' is a folder. Name a file in it.");
        string? folder = Path.GetDirectoryName(Path.GetFullPath(path));
        if (folder is not null && !Directory.Exists(folder))
            throw Failure($"The folder '{folder}' of -DeadLetterPath does not exist. Create it first.");
    }

    /// <summary>Opens or makes the file, at its end, which is the end of a whole line.</summary>
    public static Stream Open(string path)
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.OpenOrCreate,
            Access = FileAccess.ReadWrite,
            // Two writers would write over each other. On Unix only the exclusive lock keeps a second one out.
            Share = OperatingSystem.IsWindows() ? FileShare.Read : FileShare.None,
            BufferSize = 64 * 1024,
        };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = OwnerOnly;
        var file = new FileStream(path, options);
        try
        {
            TornLine.Mend(file);
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static EtlException Failure(string message) => new(FailureCodes.DeadLetterFailed, FailureKind.InvalidCall, message);
}
