using System.Management.Automation;
using EtlTools.Cmdlets.Arguments;
using EtlTools.Cmdlets.Completion;
using EtlTools.Cmdlets.Pipeline;
using EtlTools.Cmdlets.Runspaces;
using EtlTools.Engine.Extract.Api;
using EtlTools.Engine.Extract.Json;
using EtlTools.Engine.Stages;

namespace EtlTools.Cmdlets;

/// <summary>Reads the pages of a web service as records, or calls a service for each record.</summary>
[Cmdlet(VerbsLifecycle.Invoke, "EtlApi", DefaultParameterSetName = ExtractSet)]
[OutputType(typeof(EtlRecord))]
public sealed partial class InvokeEtlApiCommand : EtlInputCommand, IDrainSettings
{
    private const string CommandName = "Invoke-EtlApi";
    private const string ExtractSet = "Extract";
    private const string EnrichSet = "Enrich";
    private const string ExtractClientSet = "ExtractHttpClient";
    private const string EnrichClientSet = "EnrichHttpClient";

    private RecordPoolStage? _stage;
    private ApiEnricher? _enricher;
    private FirstRecordCheck? _input;
    private TokenScript? _tokens;

    /// <summary>Makes the command. A call is waiting more than work, so more run at once than there are processors.</summary>
    public InvokeEtlApiCommand() => ThrottleLimit = ApiEnrichment.DefaultThrottleLimit;

    /// <summary>The address of the first page, or of each record's call: with column names in braces.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [Alias("Url")]
    [ValidateNotNullOrEmpty]
    public string Uri { get; set; } = "";

    /// <summary>Where a page has its items, or an answer what becomes columns. Default: items of a page, all of an answer.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? ItemPath { get; set; }

    /// <summary>What stands at -ItemPath: a list of items, one object, or a map of names to items. Default List.</summary>
    [Parameter(ParameterSetName = ExtractSet)]
    [Parameter(ParameterSetName = ExtractClientSet)]
    public EtlItemShape ItemShape { get; set; }

    /// <summary>Takes a page without anything at -ItemPath for one without items.</summary>
    [Parameter(ParameterSetName = ExtractSet)]
    [Parameter(ParameterSetName = ExtractClientSet)]
    public SwitchParameter AllowMissingItems { get; set; }

    /// <summary>The column for an item's name in a map. Default key.</summary>
    [Parameter(ParameterSetName = ExtractSet)]
    [Parameter(ParameterSetName = ExtractClientSet)]
    [ValidateNotNullOrEmpty]
    public string KeyColumn { get; set; } = "key";

    /// <summary>The columns of items that are lists of values, or the one of plain values.</summary>
    [Parameter(ParameterSetName = ExtractSet)]
    [Parameter(ParameterSetName = ExtractClientSet)]
    [ValidateNotNullOrEmpty]
    public string[] RowColumn { get; set; } = [];

    /// <summary>The records to call the service for.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = EnrichSet)]
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = EnrichClientSet)]
    [AllowNull]
    public override object? InputObject { get; set; }

    /// <summary>The HTTP method. Default GET.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(MethodCompleter))]
    public string Method { get; set; } = "GET";

    /// <summary>The body: a text, bytes, or a hashtable.</summary>
    [Parameter]
    [ValidateNotNull]
    public object? Body { get; set; }

    /// <summary>The body's content type.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ContentTypeCompleter))]
    public string? ContentType { get; set; }

    /// <summary>How the items stand in a page. Default Json.</summary>
    [Parameter(ParameterSetName = ExtractSet)]
    [Parameter(ParameterSetName = ExtractClientSet)]
    public EtlJsonFormat Format { get; set; }

    /// <summary>The longest item, in bytes. Default 16777216.</summary>
    [Parameter(ParameterSetName = ExtractSet)]
    [Parameter(ParameterSetName = ExtractClientSet)]
    [ValidateRange(1, JsonFormat.LargestMaxItemBytes)]
    public int MaxItemBytes { get; set; } = JsonFormat.DefaultMaxItemBytes;

    /// <summary>Makes columns of the members of nested objects.</summary>
    [Parameter]
    public SwitchParameter Flatten { get; set; }

    /// <summary>What happens to an item that has a name twice. Default: it is a failed record.</summary>
    [Parameter]
    public DuplicateNameAction DuplicateName { get; set; }

    /// <summary>The column for the answer. Default: a column for each of its members.</summary>
    [Parameter(ParameterSetName = EnrichSet)]
    [Parameter(ParameterSetName = EnrichClientSet)]
    [ValidateNotNullOrEmpty]
    public string? ResultColumn { get; set; }

    /// <summary>Answers remembered for requests that come again. Default 0.</summary>
    [Parameter(ParameterSetName = EnrichSet)]
    [Parameter(ParameterSetName = EnrichClientSet)]
    [ValidateRange(0, 1_000_000)]
    public int CacheSize { get; set; }

    // While one call is waited for, others can go out.
    internal override bool GivesBackSoon => false;

    private protected override IRecordInput Input => _input!;

    /// <summary>Whether requests are told of: where -Verbose shows them.</summary>
    internal bool TellsRequests => MyInvocation.BoundParameters.TryGetValue("Verbose", out object? bound)
        ? bound is SwitchParameter { IsPresent: true }
        : SessionState.PSVariable.GetValue("VerbosePreference") is ActionPreference preference and not (ActionPreference.SilentlyContinue or ActionPreference.Ignore);

    /// <summary>Asks -TokenScript for a token. Any thread.</summary>
    internal Task<string> AskForTokenAsync(CancellationToken cancellationToken) => _tokens!.AskAsync(cancellationToken);

    internal override void WriteMessages() => _tokens?.Serve();

    private protected override string? Plan
    {
        get
        {
            // Without the query, whose values may be the data's own.
            string address = Uri.Split('?')[0];
            string calls = _enricher is null ? $"pagination {Pagination}" : FormattableString.Invariant($"a call for each record, {ThrottleLimit} at once");
            string pace = RateLimit == 0 ? "" : FormattableString.Invariant($"; {RateLimit / (Partition?.Count ?? 1):0.###} calls a second at most{(Partition is { Count: > 1 } ? FormattableString.Invariant($", of {RateLimit:0.###} for {Partition.Count} shares") : "")}");
            return FormattableString.Invariant($"Invoke-EtlApi: {Method} {address}, {calls}{pace}; {MaximumRetryCount} retries of a call, {OutageBudgetSec} s for an outage.");
        }
    }

    private Random Chance => new(Context.Run.Id.GetHashCode());

    private protected override void OnBegin()
    {
        if (GoesOn)
            JoinRun();
        if (!MyInvocation.ExpectingInput && !IsGiven(nameof(InputObject)))
            return;
        Prepare();
        OpenStage(() =>
        {
            _enricher = new ApiEnricher(ApiArguments.Enrichment(this), Context.Session.Breakers, Context.Run.Time, Chance);
            _stage = new RecordPoolStage(CommandName, SizeOfStage, Context.Run.Time, _enricher.RunAsync)
            {
                Subject = _enricher.Subject,
            };
            _input = new FirstRecordCheck(_stage, _enricher.Check);
            return _stage;
        });
    }

    private protected override void OnNoInput()
    {
        Prepare();
        if (new TextTemplate(Uri).Columns.FirstOrDefault() is { } column)
            WriteWarning($"-Uri has '{{{column}}}', and no records are piped in, so the braces are sent as they are. Pipe in the records whose values they stand for, or write them as %7B and %7D.");
        RunSource(this, () => new ApiSource(
            CommandName, ApiArguments.Extract(this), Context.Session.Breakers, BufferSize, Context.Run.Time, Chance));
    }

    private void Prepare() => _tokens = TokenScript is null ? null : new TokenScript(TokenScript, Context.Session.Redactor);

    private protected override void OnDisposed() => _enricher?.Dispose();
}
