using System.Management.Automation;
using EtlTools.Cmdlets.Arguments;
using EtlTools.Cmdlets.Pipeline;
using EtlTools.Engine;
using EtlTools.Engine.Load;
using EtlTools.Engine.Stages;

namespace EtlTools.Cmdlets;

/// <summary>Loads records into a database table: new keys are inserted, known ones updated. Loading twice changes nothing.</summary>
[Cmdlet(VerbsData.Export, "EtlSqlUpsert", SupportsShouldProcess = true)]
[OutputType(typeof(EtlLoadResult))]
public sealed class ExportEtlSqlUpsertCommand : EtlInputCommand
{
    private readonly CancellationTokenSource _opening = new();
    private LoadStage? _stage;
    private bool _resultGiven;

    /// <summary>The kind of database: Sqlite.</summary>
    [Parameter(Mandatory = true)]
    [ArgumentCompleter(typeof(ProviderCompleter))]
    public string Provider { get; set; } = "";

    /// <summary>The connection string. A relative file is looked for at the session's location.</summary>
    [Parameter(Mandatory = true)]
    [ValidateNotNullOrEmpty]
    public string ConnectionString { get; set; } = "";

    /// <summary>The target table.</summary>
    [Parameter(Mandatory = true)]
    [ValidateNotNullOrEmpty]
    public string Table { get; set; } = "";

    /// <summary>The columns that identify a row.</summary>
    [Parameter(Mandatory = true)]
    [ValidateNotNullOrEmpty]
    public string[] Key { get; set; } = [];

    /// <summary>Creates the table from the first record if it is not there.</summary>
    [Parameter]
    public SwitchParameter CreateTable { get; set; }

    /// <summary>Records in one transaction at most. Default 5000.</summary>
    [Parameter]
    [ValidateRange(1, LoadOptions.MaxBatchSize)]
    public int BatchSize { get; set; } = LoadOptions.DefaultBatchSize;

    /// <summary>Seconds after which a batch is committed though it is not full. Default 1.</summary>
    [Parameter]
    [ValidateRange(0.05, 3600)]
    public double FlushIntervalSec { get; set; } = LoadOptions.DefaultFlushInterval.TotalSeconds;

    /// <summary>Seconds for which a locked or unreachable database is tried again before the run stops. Default 120.</summary>
    [Parameter]
    [ValidateRange(0, 86400)]
    public double OutageBudgetSec { get; set; } = LoadOptions.DefaultOutageBudget.TotalSeconds;

    /// <summary>Writes the committed records; the result then goes to -ResultVariable.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <summary>The name of a variable for the result.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? ResultVariable { get; set; }

    private protected override string? Plan
    {
        get
        {
            LoadSummary target = _stage!.Summarize();
            return FormattableString.Invariant($"Export-EtlSqlUpsert: {target.Provider} {target.Database}, table {target.Table}, key {string.Join(", ", Key)}; batches of {BatchSize} records or {FlushIntervalSec} s; {(DeadLetterPath is null ? "failed records to the error stream" : $"failed records to {DeadLetterPath}")}.");
        }
    }

    internal override bool ForwardsFailures => false;

    internal override bool GivesBackSoon => false;

    private protected override IRecordInput Input => _stage!;

    private protected override bool FoldsNestedValues => true;

    // The loader writes its dead letters itself, before the commit that covers them.
    private protected override DeadLetterWriter? DeadLetterOfPump => null;

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        Context.Session.Redactor.AddConnectionString(ConnectionString);
        if (!ShouldProcess($"{Provider} table {Table}", $"Upsert by key {string.Join(", ", Key)}"))
            return;
        OpenStage(() => _stage = LoadStage.OpenAsync(
            "Export-EtlSqlUpsert",
            new LoadOptions
            {
                Provider = Provider,
                ConnectionString = ConnectionString,
                BaseDirectory = SessionState.Path.CurrentFileSystemLocation.ProviderPath,
                Table = Table,
                Key = Key,
                CreateTable = CreateTable,
                BatchSize = BatchSize,
                FlushInterval = TimeSpan.FromSeconds(FlushIntervalSec),
                OutageBudget = TimeSpan.FromSeconds(OutageBudgetSec),
                BufferSize = BufferSize,
                PassThru = PassThru,
                StopAtFirstFailure = FailFast,
            },
            Context.Run,
            DeadLetter,
            _opening.Token).GetAwaiter().GetResult());
        Context.EndLoader = command => Neighbours.ShareAPipeline(this, command) ? Abort() : Result(completed: false);
    }

    private protected override void OnCompleted()
    {
        EtlLoadResult result = Result(completed: true);
        if (result.Received != result.Loaded + result.Unchanged + result.Superseded + result.DeadLettered + result.Errors)
        {
            ThrowTerminatingError(Context.EndingError(this, new EtlException(
                FailureCodes.CountsDoNotAddUp, FailureKind.InvalidData, $"The counts of the load do not add up: {result}.")));
        }
        Context.Result = result;
        GiveResult(result);
    }

    private protected override void OnStopping() => _opening.Cancel();

    private protected override void OnDisposing()
    {
        if (_stage is not null && !_resultGiven && ResultVariable is not null)
            GiveResult(Abort());
    }

    /// <summary>Drops what is not committed and says what was done.</summary>
    private EtlLoadResult Abort()
    {
        _stage!.DisposeAsync().AsTask().GetAwaiter().GetResult();
        return Result(completed: false);
    }

    private EtlLoadResult Result(bool completed) => new(_stage!.Summarize(), Context, completed);

    private void GiveResult(EtlLoadResult result)
    {
        _resultGiven = true;
        if (ResultVariable is not null)
            SessionState.PSVariable.Set(ResultVariable, result);
        else if (!PassThru)
            WriteObject(result);
    }
}
