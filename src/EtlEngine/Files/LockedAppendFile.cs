namespace EtlTools.Engine.Files;

/// <summary>Appends on Windows: the one who has the file open for writing keeps other writers out, for the moment of an append;
/// readers may have it open all the while.</summary>
internal sealed class LockedAppendFile(string path, TornLineTest isTorn) : IAppendFile
{
    /// <summary>How long another writer is waited for. An append takes milliseconds; beyond this it is no append that holds the file.</summary>
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
                // On Unix, where this class is only tested, no other mode keeps a second writer out.
                return AppendFile.Open(path, OperatingSystem.IsWindows() ? FileShare.Read | FileShare.Delete : FileShare.None);
            }
            catch (IOException) when (left > 0 && File.Exists(path))
            {
                Thread.Sleep(Pause);
            }
        }
    }
}
