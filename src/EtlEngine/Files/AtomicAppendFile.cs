using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace EtlTools.Engine.Files;

/// <summary>
/// Appends on Unix. The kernel writes each block as a whole at the end of a file that was opened with O_APPEND; .NET cannot open a file
/// like that, hence the native calls. Repairing a torn line cuts the file, so it takes an exclusive lock, and every write takes a lock too.
/// .NET's readers hold a shared lock as long as they have the file open, perhaps for hours, so a writer that cannot get the exclusive lock
/// takes a shared one. The file is open only during an append, so it can be renamed at any time.
/// </summary>
[UnsupportedOSPlatform("windows")]
internal sealed partial class AtomicAppendFile(string path, TornLineTest isTorn) : IAppendFile
{
    private const int ReadWrite = 2;
    private const int Shared = 1;
    private const int Exclusive = 2;
    private const int AtOnce = 4;
    private const int Unlocked = 8;
    private const int NoEntry = 2;
    private const int Interrupted = 4;
    private const int WouldBlockOnLinux = 11;
    private const int WouldBlockOnMac = 35;
    private const int AccessDenied = 13;

    private const int MaxOpenTries = 200;

    private static readonly int AppendFlag = OperatingSystem.IsLinux() ? 0x400 : 0x8;
    private static readonly int CloseOnExecFlag = OperatingSystem.IsLinux() ? 0x80000 : 0x1000000;

    private static readonly TimeSpan LockPause = TimeSpan.FromMilliseconds(1);

    /// <summary>An append takes about a millisecond, but a reader may take hours.</summary>
    private static readonly TimeSpan PatienceToBeAlone = TimeSpan.FromMilliseconds(200);

    /// <summary>If another program locks out even shared locks for this long, the append fails.</summary>
    private static readonly TimeSpan PatienceToShare = TimeSpan.FromSeconds(30);

    private bool _waitsToBeAlone = true;

    public void Append(ReadOnlySpan<byte> lines, bool toDisk)
    {
        using SafeFileHandle file = Open();
        bool isAlone = TryLock(file, Exclusive, _waitsToBeAlone ? PatienceToBeAlone : TimeSpan.Zero);
        // After one failed wait for the exclusive lock, the writer does not wait again until nobody shares the file.
        _waitsToBeAlone = isAlone;
        if (!isAlone && !TryLock(file, Shared, PatienceToShare))
            throw new IOException($"Another program has locked it for {PatienceToShare.TotalSeconds:0} s.");
        bool lacksEnd = LacksEnd(file);
        if (lacksEnd && isAlone)
            TornLine.Mend(file, isTorn);
        // With other writers active, a line that looks torn may still be in progress. So the text begins with an empty line, which readers
        // skip.
        WriteAll(file, lacksEnd && !isAlone ? [(byte)'\n', .. lines] : lines);
        // Flushing is slow on a busy disk, and other writers need not wait for it.
        _ = Lock(file, Unlocked);
        if (toDisk)
            RandomAccess.FlushToDisk(file);
    }

    private static void WriteAll(SafeFileHandle file, ReadOnlySpan<byte> lines)
    {
        while (lines.Length > 0)
        {
            nint written = Write(file, lines, lines.Length);
            if (written == lines.Length)
                return;
            if (written > 0)
            {
                // Other writers may have written after the part, so the line that was cut starts again on a new line.
                int whole = lines[..(int)written].LastIndexOf((byte)'\n') + 1;
                lines = whole == written ? lines[whole..] : (byte[])[(byte)'\n', .. lines[whole..]];
            }
            else if (Marshal.GetLastPInvokeError() != Interrupted)
            {
                throw Failure(Marshal.GetLastPInvokeError());
            }
        }
    }

    private static bool LacksEnd(SafeFileHandle file)
    {
        try
        {
            return TornLine.IsIn(file);
        }
        catch (NotSupportedException)
        {
            // It is a pipe or a terminal.
            return false;
        }
    }

    /// <summary>Without locks in the file system, it is never certain that a writer is alone, so all share.</summary>
    private static bool TryLock(SafeFileHandle file, int kind, TimeSpan patience)
    {
        for (int left = (int)(patience / LockPause); Lock(file, kind | AtOnce) != 0; left--)
        {
            if (Marshal.GetLastPInvokeError() is not (WouldBlockOnLinux or WouldBlockOnMac or Interrupted))
                return kind == Shared;
            if (left <= 0)
                return false;
            Thread.Sleep(LockPause);
        }
        return true;
    }

    private SafeFileHandle Open()
    {
        for (int attempt = 0; ; attempt++)
        {
            int handle = Open(path, ReadWrite | AppendFlag | CloseOnExecFlag);
            if (handle >= 0)
                return new SafeFileHandle(handle, ownsHandle: true);
            int error = Marshal.GetLastPInvokeError();
            if (error == NoEntry && attempt < MaxOpenTries)
                Make();
            else if (error != Interrupted)
                throw Failure(error);
        }
    }

    private void Make()
    {
        try
        {
            AppendFile.Open(path, FileShare.ReadWrite | FileShare.Delete).Dispose();
        }
        catch (IOException) when (File.Exists(path))
        {
            // Another writer has just created and locked it.
        }
    }

    private static Exception Failure(int error)
    {
        string message = Marshal.GetPInvokeErrorMessage(error);
        return error == AccessDenied ? new UnauthorizedAccessException(message) : new IOException(message, error);
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint Write(SafeFileHandle file, ReadOnlySpan<byte> bytes, nint count);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int Lock(SafeFileHandle file, int operation);
}
