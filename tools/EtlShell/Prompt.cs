using System.Management.Automation.Language;

namespace EtlTools.Shell;

/// <summary>The plain prompt: reads statements, more lines while one is incomplete, and runs them.</summary>
internal sealed class Prompt(Session session)
{
    public int Run()
    {
        while (session.Host.ExitCode is null)
        {
            Console.Write(session.Evaluate("prompt"));
            string? statement = ReadStatement();
            if (statement is null)
                return 0;
            if (!string.IsNullOrWhiteSpace(statement))
                session.RunLine(statement);
        }

        return session.Host.ExitCode.Value;
    }

    private static string? ReadStatement()
    {
        string? text = Console.ReadLine();
        while (text is not null && IsIncomplete(text))
        {
            Console.Write(">> ");
            string? more = Console.ReadLine();
            if (string.IsNullOrEmpty(more))
                break;
            text += "\n" + more;
        }

        return text;
    }

    private static bool IsIncomplete(string text)
    {
        Parser.ParseInput(text, out _, out ParseError[] errors);
        return errors.Any(e => e.IncompleteInput);
    }
}
