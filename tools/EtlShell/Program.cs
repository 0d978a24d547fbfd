namespace EtlTools.Shell;

internal static class Program
{
    private static int Main(string[] args)
    {
        CommandLine line;
        try
        {
            line = CommandLine.Parse(args);
        }
        catch (ArgumentException e)
        {
            Console.Error.WriteLine(e.Message);
            return ExitCodes.WrongCall;
        }

        using var session = new Session(line.Mode);
        return line.Mode switch
        {
            ShellMode.File => session.RunFile(line.Text, line.Arguments),
            ShellMode.Command => session.RunCommand(line.Text),
            ShellMode.Pester => session.RunPester(line.Arguments),
            _ => new Prompt(session).Run(),
        };
    }
}
