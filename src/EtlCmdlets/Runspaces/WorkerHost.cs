using System.Collections.ObjectModel;
using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Host;
using System.Security;

namespace EtlTools.Cmdlets.Runspaces;

/// <summary>
/// The host of a worker's runspace. It has no screen and nobody to ask. What is written to it, as the "What if" of a dry run and the output of
/// Out-Host are, is handed on.
/// </summary>
internal sealed class WorkerHost : PSHost
{
    private readonly Screen _screen = new();

    /// <summary>Takes what is written.</summary>
    public Action<string>? Written
    {
        set => _screen.Written = value;
    }

    public override string Name => "EtlTools worker";

    public override Version Version { get; } = typeof(WorkerHost).Assembly.GetName().Version!;

    public override Guid InstanceId { get; } = Guid.CreateVersion7(TimeProvider.System.GetUtcNow());

    public override CultureInfo CurrentCulture => CultureInfo.CurrentCulture;

    public override CultureInfo CurrentUICulture => CultureInfo.CurrentUICulture;

    public override PSHostUserInterface UI => _screen;

    public override void EnterNestedPrompt() => throw Screen.NobodyToAsk();

    public override void ExitNestedPrompt() => throw Screen.NobodyToAsk();

    public override void NotifyBeginApplication()
    {
    }

    public override void NotifyEndApplication()
    {
    }

    public override void SetShouldExit(int exitCode)
    {
    }

    /// <summary>Messages of the streams arrive there, and are not taken here.</summary>
    private sealed class Screen : PSHostUserInterface
    {
        public Action<string>? Written { get; set; }

        public override PSHostRawUserInterface? RawUI => null;

        public static HostException NobodyToAsk() => new("Script blocks run in their own runspaces, where nobody can be asked. Give the command what it asks for, or -Confirm:$false.");

        public override void Write(string value) => Written?.Invoke(value);

        public override void Write(ConsoleColor foregroundColor, ConsoleColor backgroundColor, string value) => Written?.Invoke(value);

        public override void WriteLine(string value) => Written?.Invoke(value);

        public override void WriteLine(ConsoleColor foregroundColor, ConsoleColor backgroundColor, string value) => Written?.Invoke(value);

        public override void WriteDebugLine(string message)
        {
        }

        public override void WriteErrorLine(string value)
        {
        }

        public override void WriteVerboseLine(string message)
        {
        }

        public override void WriteWarningLine(string message)
        {
        }

        public override void WriteProgress(long sourceId, ProgressRecord record)
        {
        }

        public override Dictionary<string, PSObject> Prompt(string caption, string message, Collection<FieldDescription> descriptions) => throw NobodyToAsk();

        public override int PromptForChoice(string caption, string message, Collection<ChoiceDescription> choices, int defaultChoice) => throw NobodyToAsk();

        public override PSCredential PromptForCredential(string caption, string message, string userName, string targetName) => throw NobodyToAsk();

        public override PSCredential PromptForCredential(
            string caption, string message, string userName, string targetName, PSCredentialTypes allowedCredentialTypes, PSCredentialUIOptions options) => throw NobodyToAsk();

        public override string ReadLine() => throw NobodyToAsk();

        public override SecureString ReadLineAsSecureString() => throw NobodyToAsk();
    }
}
