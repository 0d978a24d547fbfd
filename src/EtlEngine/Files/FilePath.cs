namespace EtlTools.Engine.Files;

/// <summary>Tells whether two paths lead to the same file.</summary>
internal static class FilePath
{
    /// <summary>Compares paths as the file systems of the platform usually do.</summary>
    public static StringComparer Comparer { get; } = OperatingSystem.IsWindows() ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal;

    /// <summary>The full path; of a link, that of the file behind it.</summary>
    public static string Real(string path) =>
        (File.Exists(path) ? File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName : null) ?? Path.GetFullPath(path);

    /// <summary>Whether both lead to the same file.</summary>
    public static bool AreSame(string one, string other) => Comparer.Equals(Real(one), Real(other));
}
