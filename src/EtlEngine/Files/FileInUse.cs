namespace EtlTools.Engine.Files;

/// <summary>Tells a file that another process keeps to itself from other failures.</summary>
internal static class FileInUse
{
    private const int WouldBlockOnLinux = 11;
    private const int WouldBlockOnMac = 35;
    private const int SharingViolationOnWindows = 32;

    /// <summary>Whether another process has opened the file without sharing it.</summary>
    public static bool IsCauseOf(IOException failure)
    {
        // .NET has the system's own number in the lower half: an errno, or an error of Windows.
        int error = failure.HResult & 0xFFFF;
        return error == (OperatingSystem.IsWindows() ? SharingViolationOnWindows : OperatingSystem.IsMacOS() ? WouldBlockOnMac : WouldBlockOnLinux);
    }
}
