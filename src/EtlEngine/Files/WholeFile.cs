namespace EtlTools.Engine.Files;

/// <summary>Writes a file as a whole, by way of a temporary one, so that nobody reads half of it.</summary>
internal static class WholeFile
{
    /// <summary>Several sessions of the process may write the same file, by way of the same temporary one.</summary>
    private static readonly Lock Writing = new();

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
                File.Move(fresh, path, overwrite: true);
            }
            finally
            {
                File.Delete(fresh);
            }
        }
    }
}
