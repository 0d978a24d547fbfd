using System.Globalization;
using System.Management.Automation.Host;

namespace EtlTools.Shell.Hosting;

/// <summary>The host: its console, its culture, and the exit code that a script asked for.</summary>
internal sealed class ShellHost : PSHost
{
    public ShellUI ShellUI { get; } = new();

    /// <summary>Null until a script says `exit`.</summary>
    public int? ExitCode { get; private set; }

    public override string Name => "EtlShell";

    public override Version Version { get; } = typeof(ShellHost).Assembly.GetName().Version!;

    public override Guid InstanceId { get; } = Guid.NewGuid();

    public override PSHostUserInterface UI => ShellUI;

    public override CultureInfo CurrentCulture { get; } = CultureInfo.CurrentCulture;

    public override CultureInfo CurrentUICulture { get; } = CultureInfo.CurrentUICulture;

    public override void SetShouldExit(int exitCode) => ExitCode = exitCode;

    public override void EnterNestedPrompt() => throw new NotSupportedException("EtlShell has no nested prompt.");

    public override void ExitNestedPrompt() => throw new NotSupportedException("EtlShell has no nested prompt.");

    // A native program shares the console as it is; there is nothing to save or restore.
    public override void NotifyBeginApplication() => ShellUI.EndProgress();

    public override void NotifyEndApplication() { }
}
