namespace EtlTools.Engine.Files;

/// <summary>Writes a file as a whole, by way of a temporary one, so that nobody reads half of it.</summary>
internal static class WholeFile
{
    /// <summary>Several sessions of the process may write the same file, by way of the same temporary one.</summary>
    private static readonly Lock Writing = new();

    /// <summary>How long to wait on Windows for those who have the file open; a reader of metrics takes milliseconds.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>Writes the file, in UTF-8.</summary>
    /// <param name="path">The full path.</param>
    /// <param name="text">Its content.</param>
    /// <param name="force">Whether a read-only file is replaced.</param>
    public static void Write(string path, string text, bool force = false)
    {
        string fresh = $"{path}.{Environment.ProcessId}.tmp";
        lock (Writing)
        {
            try
            {
                File.WriteAllText(fresh, text);
                if (force && File.Exists(path))
                    File.SetAttributes(path, File.GetAttributes(path) & ~FileAttributes.ReadOnly);
                Replace(path, fresh);
            }
            finally
            {
                File.Delete(fresh);
            }
        }
    }

    private static void Replace(string path, string fresh)
    {
        for (int left = (int)(Patience / Pause); ; left--)
        {
            try
            {
                File.Move(fresh, path, overwrite: true);
                return;
            }
            // Windows replaces no file that is open, and says that this is a lack of permission.
            catch (Exception e) when (OperatingSystem.IsWindows() && left > 0 && (e is IOException or UnauthorizedAccessException))
            {
                Thread.Sleep(Pause);
            }
        }
    }
}
