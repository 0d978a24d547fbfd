namespace EtlTools.Engine.Files;

/// <summary>Tells where paths lead.</summary>
internal static class FilePath
{
    /// <summary>Compares paths as the file systems of the platform usually do.</summary>
    public static StringComparer Comparer { get; } = OperatingSystem.IsWindows() || OperatingSystem.IsMacOS() ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal;

    /// <summary>The full path, without links in it as far as they can be followed: those of the file and of the folders above it.</summary>
    public static string Real(string path)
    {
        string full = Path.GetFullPath(path);
        try
        {
            return Follow(full);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Whoever opens the file says why that cannot be; until then it is the file of its own path.
            return full;
        }
    }

    private static string Follow(string full)
    {
        if (Path.GetDirectoryName(full) is not { } folder)
            return full;
        string place = Path.Join(Follow(folder), Path.GetFileName(full));
        // What exists ends somewhere, so there is no circle of links.
        FileSystemInfo? next = Directory.Exists(place) ? Directory.ResolveLinkTarget(place, returnFinalTarget: false)
            : File.Exists(place) ? File.ResolveLinkTarget(place, returnFinalTarget: false)
            : null;
        return next is null ? place : Follow(next.FullName);
    }

    /// <summary>Throws if there cannot be a file at a path.</summary>
    /// <param name="path">The full path.</param>
    /// <param name="parameter">The parameter that names it.</param>
    /// <param name="code">The error's code, one of <see cref="FailureCodes"/>.</param>
    /// <exception cref="EtlException">It is a folder, or is in none.</exception>
    public static void RequirePlace(string path, string parameter, string code)
    {
        if (Directory.Exists(path))
            throw Failure($"{parameter} '{path}' is a folder. Name a file in it.");
        string? folder = Path.GetDirectoryName(Path.GetFullPath(path));
        if (folder is not null && !Directory.Exists(folder))
            throw Failure($"The folder '{folder}' of {parameter} does not exist. Create it first.");

        EtlException Failure(string message) => new(code, FailureKind.InvalidCall, message);
    }

    /// <summary>Whether a file is on another machine: on a share, on a drive that is mapped to one, or on a network's file system.</summary>
    /// <param name="path">The full path.</param>
    public static bool IsOnNetwork(string path) =>
        path.StartsWith(@"\\", StringComparison.Ordinal)
        || new DriveInfo(OperatingSystem.IsWindows() ? Path.GetPathRoot(path)! : Path.GetDirectoryName(path)!).DriveType == DriveType.Network;

    /// <summary>Whether both lead to the same file, as <see cref="Real"/> sees it.</summary>
    public static bool AreSame(string one, string other) => Comparer.Equals(Real(one), Real(other));
}
