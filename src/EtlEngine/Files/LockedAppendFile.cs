namespace EtlTools.Engine.Files;

/// <summary>Appends on Windows. While a process has the file open for writing, during an append, other writers are locked out; readers are
/// not.</summary>
internal sealed class LockedAppendFile(string path, TornLineTest isTorn) : IAppendFile
{
    /// <summary>How long to wait for another writer. An append takes milliseconds; if it takes longer, something else holds the
    /// file.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    public void Append(ReadOnlySpan<byte> lines, bool toDisk)
    {
        using FileStream file = Open();
        if (TornLine.IsIn(file.SafeFileHandle))
            TornLine.Mend(file.SafeFileHandle, isTorn);
        file.Seek(0, SeekOrigin.End);
        file.Write(lines);
        file.Flush(toDisk);
    }

    private FileStream Open()
    {
        for (int left = (int)(Patience / Pause); ; left--)
        {
            try
            {
                // On Unix, where this class is only tested, no other mode locks a second writer out.
                return AppendFile.Open(path, OperatingSystem.IsWindows() ? FileShare.Read | FileShare.Delete : FileShare.None);
            }
            catch (IOException) when (left > 0 && File.Exists(path))
            {
                Thread.Sleep(Pause);
            }
        }
    }
}
