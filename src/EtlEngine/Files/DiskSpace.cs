namespace EtlTools.Engine.Files;

/// <summary>Tells a full disk from other failures of a file.</summary>
internal static class DiskSpace
{
    private const int NoSpaceOnUnix = 28;
    private const int QuotaOnLinux = 122;
    private const int QuotaOnMac = 69;
    private const int HandleFullOnWindows = 39;
    private const int DiskFullOnWindows = 112;
    private const int QuotaOnWindows = 1295;

    /// <summary>Whether the disk is full, or the user's share of it.</summary>
    public static bool IsExhausted(IOException failure)
    {
        // .NET has the system's own number in the lower half: an errno, or an error of Windows. For a file that cannot be made long enough
        // it has the one of Windows on every system.
        int error = failure.HResult & 0xFFFF;
        return error == DiskFullOnWindows
            || (OperatingSystem.IsWindows() ? error is HandleFullOnWindows or QuotaOnWindows
                : error is NoSpaceOnUnix || error == (OperatingSystem.IsMacOS() ? QuotaOnMac : QuotaOnLinux));
    }
}
