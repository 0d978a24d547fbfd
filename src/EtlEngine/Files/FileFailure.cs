namespace EtlTools.Engine.Files;

/// <summary>Tells why the system refused to open or write a file.</summary>
internal static class FileFailure
{
    private const int WouldBlockOnLinux = 11;
    private const int WouldBlockOnMac = 35;
    private const int SharingViolationOnWindows = 32;
    private const int NoSpaceOnUnix = 28;
    private const int QuotaOnLinux = 122;
    private const int QuotaOnMac = 69;
    private const int HandleFullOnWindows = 39;
    private const int DiskFullOnWindows = 112;
    private const int QuotaOnWindows = 1295;

    /// <summary>Whether the disk is full, or the user's share of it.</summary>
    public static bool IsOfFullDisk(IOException failure)
    {
        int error = NumberOf(failure);
        // For a file that cannot be made long enough, .NET has the number of Windows on every system.
        return error == DiskFullOnWindows
            || (OperatingSystem.IsWindows() ? error is HandleFullOnWindows or QuotaOnWindows
                : error is NoSpaceOnUnix || error == (OperatingSystem.IsMacOS() ? QuotaOnMac : QuotaOnLinux));
    }

    /// <summary>Whether another process has opened the file without sharing it.</summary>
    public static bool IsOfFileInUse(IOException failure) =>
        NumberOf(failure) == (OperatingSystem.IsWindows() ? SharingViolationOnWindows : OperatingSystem.IsMacOS() ? WouldBlockOnMac : WouldBlockOnLinux);

    /// <summary>The system's own number, which .NET has in the lower half: an errno, or an error of Windows.</summary>
    private static int NumberOf(IOException failure) => failure.HResult & 0xFFFF;
}
