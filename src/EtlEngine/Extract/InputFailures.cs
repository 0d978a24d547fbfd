namespace EtlTools.Engine.Extract;

/// <summary>The errors of files that cannot be opened or read.</summary>
internal static class InputFailures
{
    /// <summary>Reads a file.</summary>
    /// <exception cref="EtlException">It cannot be read.</exception>
    public static void Guard(string path, Action read)
    {
        try
        {
            read();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Of(path, e);
        }
    }

    public static EtlException Of(string path, Exception cause)
    {
        string name = Path.GetFileName(path);
        return cause switch
        {
            FileNotFoundException or DirectoryNotFoundException => new EtlException(
                FailureCodes.FileNotFound, FailureKind.NotFound, $"{name}: the file '{path}' does not exist.", cause),
            UnauthorizedAccessException when Directory.Exists(path) => new EtlException(
                FailureCodes.PathIsFolder, FailureKind.InvalidCall, $"{name}: '{path}' is a folder. Name the files in it, for example with a wildcard.", cause),
            UnauthorizedAccessException => new EtlException(
                FailureCodes.AccessDenied, FailureKind.PermissionDenied, $"{name}: no permission to read '{path}'.", cause),
            _ => new EtlException(FailureCodes.ReadFailed, FailureKind.Unavailable, $"{name}: reading failed: {cause.Message}", cause),
        };
    }
}
