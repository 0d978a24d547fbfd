using System.Management.Automation.Runspaces;

namespace EtlTools.Shell.Pester;

internal static class PesterLanguage
{
    public const string RunnerCommand = "Invoke-Pester";

    public static void AddTo(InitialSessionState state) => throw new NotSupportedException(state.ToString());
}
