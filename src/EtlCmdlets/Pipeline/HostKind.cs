namespace EtlTools.Cmdlets.Pipeline;

/// <summary>Distinguishes a session with a person at the prompt from an unattended process.</summary>
internal static class HostKind
{
    /// <summary>Options of pwsh that take a value but name nothing to run.</summary>
    private static readonly string[] WithValue = ["-workingdirectory", "-wd", "-settingsfile", "-settings", "-configurationname", "-config", "-executionpolicy", "-ex", "-ep", "-windowstyle", "-w", "-inputformat", "-inp", "-if", "-outputformat", "-o", "-of", "-custompipename"];

    /// <summary>True if the process is a prompt: it was started with nothing to run, or with -NoExit.</summary>
    public static bool IsAttended { get; } = IsPrompt(Environment.GetCommandLineArgs()[1..]) && !Console.IsInputRedirected;

    /// <summary>True if nobody sees a progress bar.</summary>
    public static bool IsNonInteractive { get; } = Environment.GetCommandLineArgs()[1..].Any(
        argument => argument.StartsWith("-noni", StringComparison.OrdinalIgnoreCase) && "-noninteractive".StartsWith(argument, StringComparison.OrdinalIgnoreCase));

    internal static bool IsPrompt(IReadOnlyList<string> arguments)
    {
        bool runs = false;
        for (int i = 0; i < arguments.Count && !runs; i++)
        {
            string argument = arguments[i].ToLowerInvariant();
            if (argument.StartsWith("-noe", StringComparison.Ordinal))
                return true;
            if (WithValue.Contains(argument))
                i++;
            else
                runs = !argument.StartsWith("-no", StringComparison.Ordinal) && argument is not ("-login" or "-l" or "-interactive" or "-i" or "-mta" or "-sta");
        }
        return !runs;
    }
}
