using System.Collections;
using System.Collections.Concurrent;
using System.Management.Automation;
using System.Management.Automation.Host;
using System.Security;
using EtlTools.Cmdlets.Arguments;
using EtlTools.Cmdlets.Completion;
using EtlTools.Cmdlets.Pipeline;
using EtlTools.Engine;
using EtlTools.Engine.DeadLetters;
using EtlTools.Engine.Load;
using EtlTools.Engine.Records;
using EtlTools.Engine.Resilience;
using EtlTools.Engine.Stages;
using EtlTools.Engine.Telemetry;

namespace EtlTools.Cmdlets;

/// <summary>Loads records into a database table: new keys are inserted, known ones updated. Loading twice changes nothing.</summary>
[Cmdlet(VerbsData.Export, "EtlSqlUpsert", SupportsShouldProcess = true)]
[OutputType(typeof(EtlLoadResult), typeof(EtlRecord), typeof(EtlLoadPlan))]
public sealed class ExportEtlSqlUpsertCommand : EtlInputCommand, IConnectionArguments
{
    private readonly CancellationTokenSource _opening = new();
    private LoadStage? _stage;
    private LoadPreview? _preview;
    private bool _isPlanned;
    private ResultVariable? _variable;
    private bool _resultGiven;
    private bool _isDeclined;

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

    /// <summary>The target table.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [Alias("TableName")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(TableCompleter))]
    public string Table { get; set; } = "";

    /// <summary>The columns that identify a row. Not with -Mode Append; -Mode Replace can do without.</summary>
    [Parameter]
    [Alias("KeyColumn", "PrimaryKey")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(TargetColumnCompleter))]
    public string[] Key { get; set; } = [];

    /// <summary>What happens to the records. Default Upsert.</summary>
    [Parameter]
    [ValidateSet("Upsert", "Insert", "Append", "Replace")]
    public string Mode { get; set; } = "Upsert";

    /// <summary>Creates the table for the first batch if it does not exist.</summary>
    [Parameter]
    [Alias("AutoCreateTable")]
    public SwitchParameter CreateTable { get; set; }

    /// <summary>Columns that the table names otherwise: @{ 'record's column' = 'table's column' }.</summary>
    [Parameter]
    [ValidateNotNull]
    [ArgumentCompleter(typeof(ColumnMapCompleter))]
    public IDictionary ColumnMap { get; set; } = new Hashtable();

    /// <summary>The types of columns that the load makes: @{ price = 'numeric(12,2)' }.</summary>
    [Parameter]
    [ValidateNotNull]
    [ArgumentCompleter(typeof(ColumnMapCompleter))]
    public IDictionary ColumnType { get; set; } = new Hashtable();

    /// <summary>How the records' names become those of the table. Default AsIs.</summary>
    [Parameter]
    [ValidateSet("AsIs", "Lower", "Snake")]
    public string NameCase { get; set; } = "AsIs";

    /// <summary>What to do with columns that the table lacks. Default Error.</summary>
    [Parameter]
    [ValidateSet("Error", "Ignore", "Add")]
    public string ExtraColumn { get; set; } = "Error";

    /// <summary>What to do where a value does not fit the type of its column. Default Freeze.</summary>
    [Parameter]
    [ValidateSet("Freeze", "Evolve")]
    public string SchemaChange { get; set; } = "Freeze";

    /// <summary>The columns that an existing row gets anew. Default: all that the record has.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(TargetColumnCompleter))]
    public string[]? UpdateColumn { get; set; }

    /// <summary>The column that must be newer than the stored one for an existing row to be updated.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(TargetColumnCompleter))]
    public string? UpdateWhenNewer { get; set; }

    /// <summary>Leaves existing rows as they are, as -Mode Insert does.</summary>
    [Parameter]
    public SwitchParameter InsertOnly { get; set; }

    /// <summary>Does not write an existing row that has all values already.</summary>
    [Parameter]
    public SwitchParameter SkipUnchanged { get; set; }

    /// <summary>Deletes rows whose key no record had, at the end of a run that has read everything.</summary>
    [Parameter]
    public SwitchParameter DeleteMissing { get; set; }

    /// <summary>The column that marks such rows instead.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(TargetColumnCompleter))]
    public string? DeletedColumn { get; set; }

    /// <summary>Values of columns that a row must have to be looked at: @{ shop = 7 } where the source is that of shop 7.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public IDictionary MissingScope { get; set; } = new Hashtable();

    /// <summary>SQL Server: a new row keeps its value of the identity column, which is left out otherwise.</summary>
    [Parameter]
    public SwitchParameter KeepIdentity { get; set; }

    /// <summary>SQL Server: writes by MERGE instead of UPDATE and INSERT.</summary>
    [Parameter]
    public SwitchParameter UseMerge { get; set; }

    /// <summary>SQLite: the journal of the database. Default: the one it has; Wal for a database that is made.</summary>
    [Parameter]
    [ValidateSet("Wal", "Delete", "Truncate", "Persist", "Memory", "Off")]
    public string? JournalMode { get; set; }

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

    /// <summary>What to do when that time is over: end the run, or write the batch to the dead letter and continue. Default Stop.</summary>
    [Parameter]
    [ValidateSet("Stop", "DeadLetter")]
    public string OnOutage { get; set; } = "Stop";

    /// <summary>Failures of the database in a row after which it is left alone for a while. Default 5.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int BreakerThreshold { get; set; } = BreakerOptions.DefaultThreshold;

    /// <summary>Seconds for which it is then left alone before one attempt. Default 30.</summary>
    [Parameter]
    [ValidateRange(0, 86400)]
    public double BreakerCooldownSec { get; set; } = BreakerOptions.DefaultCooldown.TotalSeconds;

    /// <summary>Seconds that a statement may take. Default: what the connection string or the driver says.</summary>
    [Parameter]
    [ValidateRange(1, 86400)]
    public int CommandTimeoutSec { get; set; }

    /// <summary>Failed records after which the run ends. Default: no limit.</summary>
    [Parameter]
    [ValidateRange(0, long.MaxValue)]
    public long MaxErrorCount { get; set; } = long.MaxValue;

    /// <summary>The share of failed records, from 0 to 1, above which the run ends. Default: no limit.</summary>
    [Parameter]
    [ValidateRange(0.0, 1.0)]
    public double MaxErrorRate { get; set; } = 1;

    /// <summary>The name of the watermark that the load keeps in the database.</summary>
    [Parameter]
    [ValidateLength(1, 200)]
    [ArgumentCompleter(typeof(WatermarkCompleter))]
    public string? WatermarkName { get; set; }

    /// <summary>The column whose largest loaded value the watermark keeps.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(TargetColumnCompleter))]
    public string? WatermarkColumn { get; set; }

    /// <summary>What is taken off that value where it is a time. Default none.</summary>
    [Parameter]
    [DurationArgument(IsLag = true)]
    public TimeSpan WatermarkLag { get; set; }

    /// <summary>What to do with a record whose -WatermarkColumn is null. Default Error.</summary>
    [Parameter]
    [ValidateSet("Include", "Exclude", "Error")]
    public string NullWatermark { get; set; } = "Error";

    /// <summary>The table in which watermarks are kept. Default etl_watermark.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(TableCompleter))]
    public string WatermarkTable { get; set; } = Watermarks.DefaultTable;

    /// <summary>Which share of the keys this process loads, as Get-EtlPartition says.</summary>
    [Parameter]
    [ValidateNotNull]
    public EtlPartition? Partition { get; set; }

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
            return FormattableString.Invariant($"Export-EtlSqlUpsert: {target.Provider} {target.Database}, table {target.Table}, {LoadArguments.Describe(this)}; batches of {NewOptions().BatchSize} records or {FlushIntervalSec} s; {(DeadLetterPath is null ? "failed records to the error stream" : $"failed records to {DeadLetterPath}")}.");
        }
    }

    internal override bool ForwardsFailures => false;

    internal override bool KeepsNumbers => false;

    internal override bool GivesBackSoon => false;

    private protected override IRecordInput Input => _stage!;

    private protected override bool FoldsNestedValues => true;

    // The loader writes its dead letters itself, before the commit that covers them.
    private protected override DeadLetterWriter? DeadLetterOfPump => null;

    private protected override void OnBegin()
    {
        if (PassThru && WatermarkName is not null && LaterLoad is { } later)
            throw new EtlException(
                FailureCodes.WatermarkImpossible, FailureKind.InvalidCall,
                $"-WatermarkName '{WatermarkName}': with -PassThru the records go on to the load into table {LoadArguments.TableOf(later)}, and the watermark would pass those that fail there: they would not be read again. Give -WatermarkName to the last load of the pipeline. Nothing was loaded.");
        if (Partition is { Count: > 1 } && DeadLetterPath is { } letters)
            DeadLetterPath = Partition.Partition.LetterOf(letters);
        ConnectionArguments.RememberSecrets(Context.Session.Redactor, this);
        _variable = ResultVariable is { } name ? new ResultVariable(SessionState.PSVariable, name) : null;
        _variable?.Clear();
        string target = $"table {LoadArguments.TableOf(this)} of {ConnectionArguments.Describe(this)}";
        string what = $"Performing the operation \"{LoadArguments.Describe(this)}\" on target \"{target}\".";
        if (!ShouldProcess(what, $"Load into {target}?", "Export-EtlSqlUpsert", out ShouldProcessReason reason))
        {
            if (reason == ShouldProcessReason.WhatIf)
                OpenPreview();
            else
                Decline();
            return;
        }
        if (!IsTakingOutAllowed(target))
        {
            Decline();
            return;
        }
        OpenStage(() => _stage = OpenLoader());
        Context.UseFiles(_stage!.TargetFiles, "a file of the database");
        Context.EndLoader = command => Neighbours.ShareAPipeline(this, command) ? Abort() : Result(completed: false);
    }

    /// <summary>The next load of this pipeline, which gets what this one passes on; null if there is none.</summary>
    private ExportEtlSqlUpsertCommand? LaterLoad
    {
        get
        {
            EtlCommand? command = this;
            do
                command = command.Next?.Command;
            while (command is not (null or ExportEtlSqlUpsertCommand));
            return command as ExportEtlSqlUpsertCommand;
        }
    }

    /// <summary>Asks before rows are taken out of a table, as commands of high impact do: unless -Confirm or $ConfirmPreference says otherwise.</summary>
    private bool IsTakingOutAllowed(string target)
    {
        bool takesOut = DeleteMissing || string.Equals(Mode, "Replace", StringComparison.OrdinalIgnoreCase);
        if (!takesOut || IsGiven("Confirm") || SessionState.PSVariable.GetValue("ConfirmPreference") is null or ConfirmImpact.None)
            return true;
        string question = $"{LoadArguments.Describe(this)}: rows of the {target} will be {(DeletedColumn is null ? "deleted" : "marked as deleted")}. In scripts use -Confirm:$false.";
        try
        {
            return ShouldContinue(question, "Export-EtlSqlUpsert");
        }
        // Where the console's input has ended, PowerShell's own prompt fails with a NullReferenceException.
        catch (Exception e) when (e is InvalidOperationException or HostException or NullReferenceException)
        {
            throw new EtlException(
                FailureCodes.InvalidParameter, FailureKind.InvalidCall,
                $"{(DeleteMissing ? "-DeleteMissing" : "-Mode Replace")} asks for confirmation before it deletes rows of the {target}, but this session cannot ask. Use -Confirm:$false. Nothing was loaded.", e);
        }
    }

    private LoadStage OpenLoader()
    {
        var waiting = new ConcurrentQueue<EtlException>();
        return Await(
            LoadStage.OpenAsync("Export-EtlSqlUpsert", NewOptions(), Context.Run, DeadLetter, Context.Session.Breakers, waiting.Enqueue, _opening.Token), waiting);
    }

    private void OpenPreview()
    {
        JoinRun();
        Context.Run.SkipLoad();
        var waiting = new ConcurrentQueue<EtlException>();
        _preview = Await(LoadPreview.OpenAsync(NewOptions(), Context.Run, waiting.Enqueue, _opening.Token), waiting);
    }

    /// <summary>Waits for the target, and says so meanwhile: this thread alone may write.</summary>
    private T Await<T>(Task<T> opening, ConcurrentQueue<EtlException> waiting) where T : IAsyncDisposable
    {
        using CancellationTokenRegistration dropping = Context.Run.Shutdown.Dropping.Register(OnStopping);
        try
        {
            Task<bool> ending = Leaving.EndsAsync(opening, Context.Run.Time, _opening.Token).AsTask();
            bool isOver;
            do
            {
                isOver = ((IAsyncResult)ending).AsyncWaitHandle.WaitOne(StagePump.Beat);
                while (waiting.TryDequeue(out EtlException? warning))
                    WriteWarning(warning.Message);
            }
            while (!isOver);
            return ending.Result ? opening.GetAwaiter().GetResult() : throw new OperationCanceledException(_opening.Token);
        }
        catch
        {
            // A warning that ends the run, as -WarningAction Stop has it, or a server that cannot even be asked to cancel.
            OnStopping();
            Leaving.EndsAsync(CloseAsync(opening), Context.Run.Time, new CancellationToken(canceled: true)).AsTask().GetAwaiter().GetResult();
            throw;
        }
    }

    private static async Task CloseAsync<T>(Task<T> opening) where T : IAsyncDisposable
    {
        try
        {
            T opened = await opening.ConfigureAwait(false);
            await opened.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (e is EtlException or OperationCanceledException)
        {
            // It never opened, and the run ends for another reason.
        }
    }

    private protected override void OnInputWithoutStage(object? input)
    {
        if (_preview is null || _isPlanned || !TryReadRecord(input, out Record record, out _, out _) || record.Error is not null)
            return;
        LoadPlan plan = _preview.Plan(record);
        _isPlanned = true;
        foreach (EtlException warning in plan.Warnings)
            WriteWarning(warning.Message);
        // The rest of the input tells no more; sources that listen read it no further.
        Context.Run.Shutdown.Drain("-WhatIf needs one record only", Timeout.InfiniteTimeSpan);
        Give(new EtlLoadPlan(plan));
    }

    /// <summary>The user wants no load: nothing is read, and the run has not failed.</summary>
    private void Decline()
    {
        _isDeclined = true;
        Context.Run.SkipLoad();
        Context.Run.Shutdown.Drain("the load was declined", Timeout.InfiniteTimeSpan);
    }

    private protected override void OnNoInput()
    {
        if (_isDeclined)
            Context.Complete();
        if (_preview is null)
            return;
        Context.Complete();
        if (!_isPlanned)
            WriteWarning("No good record arrived, so -WhatIf cannot show columns and statements.");
    }

    private LoadOptions NewOptions() => LoadArguments.Options(this);

    private protected override void OnCompleted()
    {
        EtlLoadResult result = Result(completed: true);
        if (result.Received != result.Loaded + result.Unchanged + result.Superseded + result.Filtered + result.DeadLettered + result.Errors)
            throw new EtlException(FailureCodes.CountsDoNotAddUp, FailureKind.InvalidData, $"The counts of the load do not add up: {result}.");
        Context.Result = result;
        GiveResult(result);
    }

    private protected override void OnStopping() => Leaving.Cancel(_opening);

    private protected override void OnDisposing()
    {
        _preview?.DisposeAsync().AsTask().GetAwaiter().GetResult();
        if (_stage is not null && !_resultGiven && _variable is not null)
            GiveResult(Abort());
    }

    /// <summary>Drops what is not committed and says what was done.</summary>
    private EtlLoadResult Abort()
    {
        _stage!.DisposeAsync().AsTask().GetAwaiter().GetResult();
        return Result(completed: false);
    }

    private EtlLoadResult Result(bool completed) => new(_stage!.Summarize(), Context, DeadLetterFullPath, completed);

    private void GiveResult(EtlLoadResult result)
    {
        _resultGiven = true;
        Give(result);
    }

    private void Give(object result)
    {
        if (_variable is not null)
            _variable.Set(result);
        else if (!PassThru)
            WriteObject(result);
    }
}
