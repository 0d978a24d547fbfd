namespace EtlTools.Cmdlets.Pipeline;

/// <summary>Tells a session that a person sits at from a process that runs by itself.</summary>
internal static class HostKind
{
    /// <summary>Options of pwsh that take a value and name nothing to run.</summary>
    private static readonly string[] WithValue = ["-workingdirectory", "-wd", "-settingsfile", "-settings", "-configurationname", "-config", "-executionpolicy", "-ex", "-ep", "-windowstyle", "-w", "-inputformat", "-inp", "-if", "-outputformat", "-o", "-of", "-custompipename"];

    /// <summary>True when the process is a prompt: it was started with nothing to run, or told to stay.</summary>
    public static bool IsAttended { get; } = IsPrompt(Environment.GetCommandLineArgs()[1..]) && !Console.IsInputRedirected;

    /// <summary>True when nobody sees a progress bar.</summary>
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
