using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace EtlTools.Engine.Files;

/// <summary>
/// Appends on Unix: the kernel puts each write of a file opened with O_APPEND behind all others as a whole. .NET has no way to
/// open a file like that, hence the native calls. The lock that is taken besides tells a torn line from one that another process
/// is writing; a reader's lock keeps it away, and is not waited for. The file is open only during an append, so it may be moved
/// away at any time.
/// </summary>
[UnsupportedOSPlatform("windows")]
internal sealed partial class AtomicAppendFile(string path) : IAppendFile
{
    private const int ReadWrite = 2;
    private const int ExclusiveAtOnce = 2 | 4;
    private const int NoEntry = 2;
    private const int Interrupted = 4;
    private const int AccessDenied = 13;

    /// <summary>An append takes a millisecond or so, a reader may take hours.</summary>
    private const int MaxLockTries = 200;

    private static readonly int AppendFlag = OperatingSystem.IsLinux() ? 0x400 : 0x8;
    private static readonly int CloseOnExecFlag = OperatingSystem.IsLinux() ? 0x80000 : 0x1000000;

    private static readonly TimeSpan LockPause = TimeSpan.FromMilliseconds(1);

    private int _lockTries = MaxLockTries;

    public void Append(ReadOnlySpan<byte> lines, bool toDisk)
    {
        using SafeFileHandle file = Open();
        bool isAlone = TryLock(file);
        bool isTorn = IsTorn(file);
        // Beside others what looks torn may be on its way.
        for (int left = MaxLockTries; isTorn && !isAlone && left > 0; left--)
        {
            Thread.Sleep(LockPause);
            isTorn = IsTorn(file);
        }
        if (isTorn && isAlone)
            TornLine.Mend(file);
        WriteAll(file, isTorn && !isAlone ? [(byte)'\n', .. lines] : lines);
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
                // Others may have written behind the part: the line that was cut begins again on one of its own.
                int whole = lines[..(int)written].LastIndexOf((byte)'\n') + 1;
                lines = whole == written ? lines[whole..] : (byte[])[(byte)'\n', .. lines[whole..]];
            }
            else if (Marshal.GetLastPInvokeError() != Interrupted)
            {
                throw Failure(Marshal.GetLastPInvokeError());
            }
        }
    }

    private static bool IsTorn(SafeFileHandle file)
    {
        try
        {
            return TornLine.IsIn(file);
        }
        catch (NotSupportedException)
        {
            // A pipe or a terminal.
            return false;
        }
    }

    /// <summary>Waits for other writers. One who was in vain waits no more until the lock is free again.</summary>
    private bool TryLock(SafeFileHandle file)
    {
        for (int left = _lockTries; Lock(file, ExclusiveAtOnce) != 0; left--)
        {
            if (left <= 0)
            {
                _lockTries = 0;
                return false;
            }
            Thread.Sleep(LockPause);
        }
        _lockTries = MaxLockTries;
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
            if (error == NoEntry && attempt < MaxLockTries)
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
            // Another writer has made it just now, and locked it.
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
