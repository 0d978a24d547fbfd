using System.Management.Automation;
using System.Security;
using EtlTools.Cmdlets.Arguments;
using EtlTools.Cmdlets.Completion;
using EtlTools.Engine;
using EtlTools.Engine.Load;
using EtlTools.Engine.Stages;

namespace EtlTools.Cmdlets.Pipeline;

/// <summary>A command that works on the watermarks of a database.</summary>
public abstract class EtlWatermarkCommand : EtlCmdlet, IConnectionArguments, IDisposable
{
    private readonly CancellationTokenSource _stopping = new();

    /// <summary>The kind of database: Sqlite, PostgreSQL or SqlServer. Not needed if the connection shows it.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(ProviderCompleter))]
    public string Provider { get; set; } = "";

    /// <summary>The connection string. A relative file path is resolved against the session's location.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string ConnectionString { get; set; } = "";

    /// <summary>A SQLite file, instead of a connection string.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? SqlitePath { get; set; }

    /// <summary>The server, with its port if that is not the default.</summary>
    [Parameter]
    [Alias("Server", "DataSource")]
    [ValidateNotNullOrEmpty]
    public string? ServerInstance { get; set; }

    /// <summary>A SQL Server, with its port or instance: -ServerInstance and -Provider SqlServer in one.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? SqlInstance { get; set; }

    /// <summary>The database on the server.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Database { get; set; }

    /// <summary>User and password for the server.</summary>
    [Parameter]
    [Credential]
    public PSCredential? Credential { get; set; }

    /// <summary>User and password for a SQL Server: -Credential and -Provider SqlServer in one.</summary>
    [Parameter]
    [Credential]
    public PSCredential? SqlCredential { get; set; }

    /// <summary>SQL Server: how the connection is encrypted. Default: what the connection string says, or Mandatory.</summary>
    [Parameter]
    [ValidateSet("Optional", "Mandatory", "Strict")]
    public string? Encrypt { get; set; }

    /// <summary>SQL Server: accepts the server's certificate unchecked.</summary>
    [Parameter]
    public SwitchParameter TrustServerCertificate { get; set; }

    /// <summary>SQL Server: a Microsoft Entra ID token to log in with.</summary>
    [Parameter]
    [ValidateNotNull]
    public SecureString? AccessToken { get; set; }

    /// <summary>The table in which watermarks are kept. Default etl_watermark.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(TableCompleter))]
    public string WatermarkTable { get; set; } = Watermarks.DefaultTable;

    /// <summary>Cancelled when PowerShell stops the command.</summary>
    private protected CancellationToken StopRequested => _stopping.Token;

    /// <inheritdoc/>
    protected sealed override void StopProcessing() => Leaving.Cancel(_stopping);

    /// <inheritdoc/>
    public void Dispose()
    {
        _stopping.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>The watermark table and its database, for a confirmation prompt.</summary>
    private protected string Where => $"{WatermarkTable} of {ConnectionArguments.Describe(this)}";

    /// <summary>Runs a call on the database; a failure ends the command.</summary>
    private protected T Use<T>(Func<TargetOptions, CancellationToken, Task<T>> call)
    {
        ConnectionArguments.RememberSecrets(EtlSession.Current.Redactor, this);
        Task<T> running = call(Options, _stopping.Token);
        return Leaving.EndsAsync(running, TimeProvider.System, _stopping.Token).AsTask().GetAwaiter().GetResult()
            ? running.GetAwaiter().GetResult()
            : throw new PipelineStoppedException();
    }

    private protected sealed override EtlException? EndingOf(Exception exception) =>
        exception is OperationCanceledException && _stopping.IsCancellationRequested ? null : base.EndingOf(exception);

    private TargetOptions Options => ConnectionArguments.Target(this, commandTimeoutSec: 0);

    /// <summary>Whether a source is one of those that were named; a relative path begins at the session's location.</summary>
    private protected bool IsSource(string[] patterns, string source) =>
        Matches(patterns, source) || Array.Exists(patterns, pattern => IsRelative(pattern) && Matches([SessionPath.Full(SessionState.Path, pattern, "-Source")], source));

    private static bool IsRelative(string pattern) => pattern != "*" && !pattern.Contains(':', StringComparison.Ordinal) && !System.IO.Path.IsPathRooted(pattern);

    /// <summary>Whether a text equals one of the names, or matches one with wildcards.</summary>
    private protected static bool Matches(string[] patterns, string text) =>
        Array.Exists(patterns, pattern => pattern == text || WildcardPattern.Get(pattern, WildcardOptions.IgnoreCase).IsMatch(text));
}
