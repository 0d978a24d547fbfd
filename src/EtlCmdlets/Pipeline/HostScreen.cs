using System.Management.Automation.Host;

namespace EtlTools.Cmdlets.Pipeline;

/// <summary>What is shown after the end of a pipeline, which accepts no more output: the host is told directly.</summary>
internal static class HostScreen
{
    /// <summary>Shows something, if the host still can.</summary>
    public static void Show(EtlCommand command, Action<PSHostUserInterface> show)
    {
        if (command.Host?.UI is not { } screen)
            return;
        try
        {
            show(screen);
        }
        catch (InvalidOperationException)
        {
            // ForEach-Object -Parallel closes the screens of its script blocks when it is stopped.
        }
    }
}
