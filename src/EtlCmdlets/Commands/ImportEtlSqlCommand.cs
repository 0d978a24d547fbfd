using System.Collections;
using System.Management.Automation;
using System.Security;
using EtlTools.Cmdlets.Arguments;
using EtlTools.Cmdlets.Completion;
using EtlTools.Cmdlets.Pipeline;
using EtlTools.Engine.Extract.Sql;
using EtlTools.Engine.Load;
using EtlTools.Engine.Records;
using EtlTools.Engine.Resilience;

namespace EtlTools.Cmdlets;

/// <summary>Reads the rows of a database's query, table or view as a stream of records.</summary>
[Cmdlet(VerbsData.Import, "EtlSql", DefaultParameterSetName = QuerySet)]
[OutputType(typeof(EtlRecord))]
public sealed class ImportEtlSqlCommand : EtlDrainingCommand, IConnectionArguments
{
    private const string CommandName = "Import-EtlSql";
    private const string QuerySet = "Query";
    private const string TableSet = "Table";

    /// <summary>The query, in the database's own SQL.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = QuerySet)]
    [ValidateNotNullOrEmpty]
    public string? Query { get; set; }

    /// <summary>The table or view.</summary>
    [Parameter(Mandatory = true, ParameterSetName = TableSet)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(TableCompleter))]
    public string? Table { get; set; }

    /// <summary>The columns to read of the table. Default: all.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(TargetColumnCompleter))]
    public string[] Column { get; set; } = [];

    /// <summary>A condition for the rows of the table, in the database's own SQL.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Where { get; set; }

    /// <summary>Values for the parameters that query or condition name: @{ since = '2026-11-01' } for @since.</summary>
    [Parameter]
    [ValidateNotNull]
    public IDictionary Parameter { get; set; } = new Hashtable();

    /// <summary>The columns by which the table's rows are read in order, the last of them unique.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(TargetColumnCompleter))]
    public string[] WatermarkColumn { get; set; } = [];

    /// <summary>Watermarks, of which the source's own is continued from; null for the beginning.</summary>
    [Parameter]
    [AllowNull]
    [AllowEmptyCollection]
    public EtlWatermark?[]? ResumeFrom { get; set; }

    /// <summary>Only rows whose first watermark column is less than this.</summary>
    [Parameter]
    [ValidateNotNull]
    public object? Until { get; set; }

    /// <summary>How far before the watermark reading begins again, where its first column is a time. Default none.</summary>
    [Parameter]
    [DurationArgument(IsLag = true)]
    public TimeSpan WatermarkLag { get; set; }

    /// <summary>What to do with rows whose watermark columns hold a null, NaN or infinity. Default Error.</summary>
    [Parameter]
    [ValidateSet("Include", "Exclude", "Error")]
    public string NullWatermark { get; set; } = "Error";

    /// <summary>Reads all rows as they were at one moment.</summary>
    [Parameter]
    public SwitchParameter Snapshot { get; set; }

    /// <summary>The kind of database: Sqlite, PostgreSQL or SqlServer. Not needed where the connection makes it clear.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(ProviderCompleter))]
    public string Provider { get; set; } = "";

    /// <summary>The connection string. A relative file is searched for at the session's location.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string ConnectionString { get; set; } = "";

    /// <summary>A SQLite file, in place of a connection string.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? SqlitePath { get; set; }

    /// <summary>The server, with its port where it is not the usual one.</summary>
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

    /// <summary>SQL Server: takes the server's certificate unchecked.</summary>
    [Parameter]
    public SwitchParameter TrustServerCertificate { get; set; }

    /// <summary>SQL Server: a token of Microsoft Entra ID to log in with.</summary>
    [Parameter]
    [ValidateNotNull]
    public SecureString? AccessToken { get; set; }

    /// <summary>Seconds that the database may take for its first row, and then for each next answer. Default: what the connection string
    /// or the driver says.</summary>
    [Parameter]
    [ValidateRange(1, 86400)]
    public int CommandTimeoutSec { get; set; }

    /// <summary>Seconds for which an unreachable database is tried again before the run stops. Default 120.</summary>
    [Parameter]
    [ValidateRange(0, 86400)]
    public double OutageBudgetSec { get; set; } = LoadOptions.DefaultOutageBudget.TotalSeconds;

    /// <summary>Failures of the database in a row after which it is left alone for a while. Default 5.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int BreakerThreshold { get; set; } = BreakerOptions.DefaultThreshold;

    /// <summary>Seconds for which it is then left alone before one attempt. Default 30.</summary>
    [Parameter]
    [ValidateRange(0, 86400)]
    public double BreakerCooldownSec { get; set; } = BreakerOptions.DefaultCooldown.TotalSeconds;

    internal override bool HasFixedColumns => true;

    private protected override string? Plan => Table is null
        ? $"{CommandName}: a query{(Snapshot ? ", from one snapshot" : "")}."
        : $"{CommandName}: table {Table}{(WatermarkColumn.Length > 0 ? $" in the order of {string.Join(", ", WatermarkColumn)}" : "")}{(Watermarks is [var mark, ..] ? $", after the watermark {mark.Name}" : "")}{(Snapshot ? ", from one snapshot" : "")}.";

    private protected override string? LeavesOut =>
        Until is not null ? "a source of the pipeline ends before a value (-Until)"
        : NullWatermark.Equals("Exclude", StringComparison.OrdinalIgnoreCase) ? "a source of the pipeline leaves out rows (-NullWatermark Exclude)"
        : null;

    private protected override void OnEnd()
    {
        ConnectionArguments.RememberSecrets(Context.Session.Redactor, this);
        RunSource(this, () => new SqlSource(CommandName, Options(), Context.Session.Breakers, BufferSize, Context.Run));
    }

    private Watermark[] Watermarks => [.. (ResumeFrom ?? []).OfType<EtlWatermark>().Select(mark => mark.Watermark)];

    private SqlSourceOptions Options() => new()
    {
        Target = ConnectionArguments.Target(this, CommandTimeoutSec),
        Query = Query,
        Table = Table,
        Columns = Column,
        Where = Where,
        Parameters = Parameter.Entries().ToDictionary(
            entry => entry.Key.ToString()!.TrimStart('@'), entry => ValueUnwrapper.Unwrap(entry.Value), StringComparer.OrdinalIgnoreCase),
        WatermarkColumns = WatermarkColumn,
        Watermarks = Watermarks,
        Until = ValueUnwrapper.Unwrap(Until),
        WatermarkLag = WatermarkLag,
        NullWatermark = Enum.Parse<NullWatermark>(NullWatermark, ignoreCase: true),
        IsSnapshot = Snapshot,
        OutageBudget = TimeSpan.FromSeconds(OutageBudgetSec),
        Breaker = new BreakerOptions { Threshold = BreakerThreshold, Cooldown = TimeSpan.FromSeconds(BreakerCooldownSec) },
    };
}
