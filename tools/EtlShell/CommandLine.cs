using System.Globalization;
using System.Management.Automation.Runspaces;

namespace EtlTools.Shell;

internal enum ShellMode
{
    Prompt,
    File,
    Command,
    Pester,
}

internal static class ExitCodes
{
    public const int Failed = 1;
    public const int WrongCall = 64;
    public const int Interrupted = 130;
}

/// <summary>What the process was started with, read as pwsh reads it.</summary>
internal sealed record CommandLine(ShellMode Mode, string Text, IReadOnlyList<CommandParameter> Arguments)
{
    public static CommandLine Parse(string[] args)
    {
        for (int i = 0; i < args.Length; i++)
        {
            string[] rest = args[(i + 1)..];
            switch (args[i].ToLowerInvariant())
            {
                case "-noprofile" or "-nop" or "-noninteractive" or "-noni" or "-nologo" or "-nol":
                    continue;
                case "-command" or "-c":
                    return new(ShellMode.Command, string.Join(' ', Required(args[i], rest)), []);
                case "-file" or "-f":
                    return File(Required(args[i], rest));
                case "-pester":
                    return new(ShellMode.Pester, "", BindArguments(Required(args[i], rest)));
                case ['-', ..]:
                    throw new ArgumentException($"EtlShell does not know the option '{args[i]}'. It knows -File, -Command, -Pester, -NoProfile, -NonInteractive and -NoLogo.");
                default:
                    return File(args[i..]);
            }
        }

        return new(ShellMode.Prompt, "", []);
    }

    private static CommandLine File(string[] args) => new(ShellMode.File, args[0], BindArguments(args[1..]));

    private static string[] Required(string option, string[] rest)
        => rest.Length > 0 ? rest : throw new ArgumentException($"The option '{option}' needs an argument.");

    private static List<CommandParameter> BindArguments(string[] args)
    {
        var parameters = new List<CommandParameter>();
        for (int i = 0; i < args.Length; i++)
        {
            string arg = args[i];
            int colon = arg.IndexOf(':', StringComparison.Ordinal);
            if (arg is not ['-', _, ..] || double.TryParse(arg, CultureInfo.InvariantCulture, out _))
                parameters.Add(new CommandParameter(null, arg));
            else if (colon < 0)
                parameters.Add(new CommandParameter(arg));
            else if (colon == arg.Length - 1 && i + 1 < args.Length)
                parameters.Add(new CommandParameter(arg[..colon], args[++i]));
            else
                parameters.Add(new CommandParameter(arg[..colon], Value(arg[(colon + 1)..])));
        }

        return parameters;
    }

    private static object Value(string text) => text.ToLowerInvariant() switch
    {
        "$true" or "true" => true,
        "$false" or "false" => false,
        _ => text,
    };
}
