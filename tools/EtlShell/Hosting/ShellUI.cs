using System.Management.Automation;
using System.Management.Automation.Host;
using System.Management.Automation.Internal;

namespace EtlTools.Shell.Hosting;

/// <summary>Writes what scripts say: results to standard output, errors to standard error, colours only to a terminal.</summary>
internal sealed partial class ShellUI : PSHostUserInterface
{
    private readonly Lock _console = new();
    private readonly ProgressBar? _progress = Console.IsOutputRedirected ? null : new ProgressBar();
    private readonly ShellRawUI _rawUI = new();

    public override PSHostRawUserInterface RawUI => _rawUI;

    public override bool SupportsVirtualTerminal => !PlainOutput;

    private static bool PlainOutput { get; } = Console.IsOutputRedirected || NoColour;

    private static bool PlainError { get; } = Console.IsErrorRedirected || NoColour;

    private static bool NoColour => Environment.GetEnvironmentVariable("NO_COLOR") is { Length: > 0 } || Environment.GetEnvironmentVariable("TERM") == "dumb";

    public override void Write(string value) => Put(Console.Out, value, PlainOutput);

    public override void Write(ConsoleColor foregroundColor, ConsoleColor backgroundColor, string value)
        => Write(Coloured(foregroundColor, backgroundColor, value));

    public override void WriteLine(string value) => Write(value + Environment.NewLine);

    public override void WriteLine(ConsoleColor foregroundColor, ConsoleColor backgroundColor, string value)
        => Write(Coloured(foregroundColor, backgroundColor, value) + Environment.NewLine);

    public override void WriteErrorLine(string value)
    {
        if (!string.IsNullOrEmpty(value))
            Put(Console.Error, value + Environment.NewLine, PlainError);
    }

    public override void WriteWarningLine(string message) => WriteStyled(PSStyle.Instance.Formatting.Warning, "WARNING: " + message);

    public override void WriteVerboseLine(string message) => WriteStyled(PSStyle.Instance.Formatting.Verbose, "VERBOSE: " + message);

    public override void WriteDebugLine(string message) => WriteStyled(PSStyle.Instance.Formatting.Debug, "DEBUG: " + message);

    public override void WriteProgress(long sourceId, ProgressRecord record)
    {
        if (_progress is null)
            return;
        lock (_console)
            _progress.Update(sourceId, record);
    }

    public void EndProgress()
    {
        if (_progress is null)
            return;
        lock (_console)
            _progress.Clear();
    }

    private static string Styled(string style, string text) => style.Length == 0 ? text : style + text + PSStyle.Instance.Reset;

    private static string Coloured(ConsoleColor foreground, ConsoleColor background, string value)
    {
        string style = foreground is >= 0 ? PSStyle.Instance.Foreground.FromConsoleColor(foreground) : "";
        if (background is >= 0)
            style += PSStyle.Instance.Background.FromConsoleColor(background);
        return Styled(style, value);
    }

    private void WriteStyled(string style, string line) => Write(Styled(style, line) + Environment.NewLine);

    private void Put(TextWriter writer, string value, bool plain)
    {
        if (plain)
            value = new StringDecorated(value).ToString(OutputRendering.PlainText);
        lock (_console)
        {
            _progress?.MakeRoom(value.EndsWith('\n'));
            writer.Write(value);
        }
    }
}
