using System.Collections;
using System.Management.Automation;
using System.Net;
using System.Security;
using System.Security.Cryptography.X509Certificates;
using EtlTools.Cmdlets.Arguments;
using EtlTools.Cmdlets.Completion;
using EtlTools.Cmdlets.Pipeline;
using EtlTools.Engine.Extract.Api;
using EtlTools.Engine.Extract.Json;
using EtlTools.Engine.Resilience;
using EtlTools.Engine.Stages;
using EtlTools.Engine.Telemetry;

namespace EtlTools.Cmdlets;

/// <summary>Reads the pages of a web service as records, or calls a service for each record.</summary>
[Cmdlet(VerbsLifecycle.Invoke, "EtlApi", DefaultParameterSetName = ExtractSet)]
[OutputType(typeof(EtlRecord))]
public sealed class InvokeEtlApiCommand : EtlInputCommand, IDrainSettings
{
    private const string CommandName = "Invoke-EtlApi";
    private const string ExtractSet = "Extract";
    private const string EnrichSet = "Enrich";
    private const string ExtractClientSet = "ExtractHttpClient";
    private const string EnrichClientSet = "EnrichHttpClient";

    private RecordPoolStage? _stage;
    private ApiEnricher? _enricher;
    private FirstRecordCheck? _input;

    /// <summary>Makes the command. A call is waiting more than work, so more run at once than there are processors.</summary>
    public InvokeEtlApiCommand() => ThrottleLimit = ApiEnrichment.DefaultThrottleLimit;

    /// <summary>The address of the first page, or of each record's call: with column names in braces.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [ValidateNotNullOrEmpty]
    public string Uri { get; set; } = "";

    /// <summary>Where a page has its items. Default items.</summary>
    [Parameter(ParameterSetName = ExtractSet)]
    [Parameter(ParameterSetName = ExtractClientSet)]
    [ValidateNotNullOrEmpty]
    public string ItemPath { get; set; } = "items";

    /// <summary>The records to call the service for.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = EnrichSet)]
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = EnrichClientSet)]
    [AllowNull]
    public override object? InputObject { get; set; }

    /// <summary>A ready-made client to send with.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ExtractClientSet)]
    [Parameter(Mandatory = true, ParameterSetName = EnrichClientSet)]
    public HttpClient? HttpClient { get; set; }

    /// <summary>The HTTP method. Default GET.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(MethodCompleter))]
    public string Method { get; set; } = "GET";

    /// <summary>Headers of every request to the service.</summary>
    [Parameter]
    [ValidateNotNull]
    public IDictionary Headers { get; set; } = new Hashtable();

    /// <summary>The body: a text, bytes, or a hashtable.</summary>
    [Parameter]
    [ValidateNotNull]
    public object? Body { get; set; }

    /// <summary>The body's content type.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ContentTypeCompleter))]
    public string? ContentType { get; set; }

    /// <summary>How the service is told who calls. Default None.</summary>
    [Parameter]
    public EtlApiAuthentication Authentication { get; set; }

    /// <summary>The token for -Authentication Bearer and OAuth.</summary>
    [Parameter]
    [ValidateNotNull]
    public SecureString? Token { get; set; }

    /// <summary>Name and password: for Basic, for the service's challenge, or the client's id and secret for OAuth.</summary>
    [Parameter]
    [Credential]
    [ValidateNotNull]
    public PSCredential? Credential { get; set; }

    /// <summary>Where OAuth tokens are fetched.</summary>
    [Parameter]
    [ValidateNotNull]
    public Uri? TokenUri { get; set; }

    /// <summary>The client's id for OAuth.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? ClientId { get; set; }

    /// <summary>The client's secret for OAuth.</summary>
    [Parameter]
    [ValidateNotNull]
    public SecureString? ClientSecret { get; set; }

    /// <summary>What the OAuth token is for.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Scope { get; set; }

    /// <summary>Lets credentials go over plain HTTP.</summary>
    [Parameter]
    public SwitchParameter AllowUnencryptedAuthentication { get; set; }

    /// <summary>Follows redirects and links to other hosts, without credentials and headers.</summary>
    [Parameter]
    public SwitchParameter AllowCrossHost { get; set; }

    /// <summary>Sends the Authorization header to other hosts too.</summary>
    [Parameter]
    public SwitchParameter PreserveAuthorizationOnRedirect { get; set; }

    /// <summary>A session of Invoke-RestMethod: its cookies, headers, credentials, certificates and proxy.</summary>
    [Parameter(ParameterSetName = ExtractSet)]
    [Parameter(ParameterSetName = EnrichSet)]
    [ValidateNotNull]
    public object? WebSession { get; set; }

    /// <summary>The proxy. Default: the system's.</summary>
    [Parameter(ParameterSetName = ExtractSet)]
    [Parameter(ParameterSetName = EnrichSet)]
    [ValidateNotNull]
    public Uri? Proxy { get; set; }

    /// <summary>Name and password for the proxy.</summary>
    [Parameter(ParameterSetName = ExtractSet)]
    [Parameter(ParameterSetName = EnrichSet)]
    [Credential]
    [ValidateNotNull]
    public PSCredential? ProxyCredential { get; set; }

    /// <summary>Answers the service's challenge as the user of the process.</summary>
    [Parameter(ParameterSetName = ExtractSet)]
    [Parameter(ParameterSetName = EnrichSet)]
    public SwitchParameter UseDefaultCredentials { get; set; }

    /// <summary>Takes any certificate of the service.</summary>
    [Parameter(ParameterSetName = ExtractSet)]
    [Parameter(ParameterSetName = EnrichSet)]
    public SwitchParameter SkipCertificateCheck { get; set; }

    /// <summary>A certificate that shows who calls.</summary>
    [Parameter(ParameterSetName = ExtractSet)]
    [Parameter(ParameterSetName = EnrichSet)]
    [ValidateNotNull]
    public X509Certificate? Certificate { get; set; }

    /// <summary>Seconds for the service to answer with its headers; 0 for no limit. Default 100.</summary>
    [Parameter]
    [Alias("TimeoutSec")]
    [ValidateRange(0, int.MaxValue)]
    public int ConnectionTimeoutSeconds { get; set; } = (int)ApiConnection.DefaultTimeout.TotalSeconds;

    /// <summary>Seconds for which the service may be silent in the middle of an answer; 0 for no limit. Default 100.</summary>
    [Parameter]
    [ValidateRange(0, int.MaxValue)]
    public int OperationTimeoutSeconds { get; set; } = (int)ApiConnection.DefaultTimeout.TotalSeconds;

    /// <summary>The longest answer, in bytes. Default 33554432.</summary>
    [Parameter]
    [ValidateRange(1, long.MaxValue)]
    public long MaxBodyBytes { get; set; } = ApiConnection.DefaultMaxBodyBytes;

    /// <summary>Requests a second at most; 0 for no limit. Default 0.</summary>
    [Parameter]
    [ValidateRange(0, 1_000_000)]
    public double RateLimit { get; set; }

    /// <summary>Retries of one call. Default 2.</summary>
    [Parameter]
    [ValidateRange(0, 1000)]
    public int MaximumRetryCount { get; set; } = RetryOptions.DefaultMaxAttempts - 1;

    /// <summary>The bound of the first delay before a retry, in milliseconds. Default 100.</summary>
    [Parameter]
    [ValidateRange(1, 3_600_000)]
    public double RetryBaseDelayMs { get; set; } = RetryOptions.DefaultBaseDelay.TotalMilliseconds;

    /// <summary>The bound of every delay before a retry, in seconds. Default 5.</summary>
    [Parameter]
    [ValidateRange(0.001, 3600)]
    public double RetryMaxDelaySec { get; set; } = RetryOptions.DefaultMaxDelay.TotalSeconds;

    /// <summary>The longest wait that the service may ask for, in seconds. Default 60.</summary>
    [Parameter]
    [ValidateRange(0, 86400)]
    public double MaxRetryAfterSec { get; set; } = RetryOptions.DefaultMaxRetryAfter.TotalSeconds;

    /// <summary>Failures in a row that open the service's breaker. Default 5.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int BreakerThreshold { get; set; } = BreakerOptions.DefaultThreshold;

    /// <summary>Seconds for which an open breaker lets no call through. Default 30.</summary>
    [Parameter]
    [ValidateRange(0, 86400)]
    public double BreakerCooldownSec { get; set; } = BreakerOptions.DefaultCooldown.TotalSeconds;

    /// <summary>Seconds that an outage may last. Default 120.</summary>
    [Parameter]
    [ValidateRange(0, 86400)]
    public double OutageBudgetSec { get; set; } = ApiCallOptions.DefaultOutageBudget.TotalSeconds;

    /// <summary>Makes columns of the members of nested objects.</summary>
    [Parameter]
    public SwitchParameter Flatten { get; set; }

    /// <summary>How a page leads to the next one. Default Cursor.</summary>
    [Parameter(ParameterSetName = ExtractSet)]
    [Parameter(ParameterSetName = ExtractClientSet)]
    public EtlApiPagination Pagination { get; set; }

    /// <summary>Where a page has the next one's cursor or address. Default next_page.</summary>
    [Parameter(ParameterSetName = ExtractSet)]
    [Parameter(ParameterSetName = ExtractClientSet)]
    [ValidateNotNullOrEmpty]
    public string NextPath { get; set; } = "next_page";

    /// <summary>The query parameter for the cursor, page or offset. Default: cursor, page or offset.</summary>
    [Parameter(ParameterSetName = ExtractSet)]
    [Parameter(ParameterSetName = ExtractClientSet)]
    [ValidateNotNullOrEmpty]
    public string? PageParameter { get; set; }

    /// <summary>Items a page shall have.</summary>
    [Parameter(ParameterSetName = ExtractSet)]
    [Parameter(ParameterSetName = ExtractClientSet)]
    [ValidateRange(1, int.MaxValue)]
    public int PageSize { get; set; }

    /// <summary>The query parameter for -PageSize. Default limit.</summary>
    [Parameter(ParameterSetName = ExtractSet)]
    [Parameter(ParameterSetName = ExtractClientSet)]
    [ValidateNotNullOrEmpty]
    public string PageSizeParameter { get; set; } = "limit";

    /// <summary>Pages to read at most.</summary>
    [Parameter(ParameterSetName = ExtractSet)]
    [Parameter(ParameterSetName = ExtractClientSet)]
    [ValidateRange(1, int.MaxValue)]
    public int MaxPages { get; set; }

    /// <summary>How the items stand in a page. Default Json.</summary>
    [Parameter(ParameterSetName = ExtractSet)]
    [Parameter(ParameterSetName = ExtractClientSet)]
    public EtlJsonFormat Format { get; set; }

    /// <summary>The longest item, in bytes. Default 16777216.</summary>
    [Parameter(ParameterSetName = ExtractSet)]
    [Parameter(ParameterSetName = ExtractClientSet)]
    [ValidateRange(1, JsonFormat.LargestMaxItemBytes)]
    public int MaxItemBytes { get; set; } = JsonFormat.DefaultMaxItemBytes;

    /// <summary>The beginning of the time that is read, for the query.</summary>
    [Parameter(ParameterSetName = ExtractSet)]
    [Parameter(ParameterSetName = ExtractClientSet)]
    [ValidateNotNullOrEmpty]
    public object? Since { get; set; }

    /// <summary>The end of the time that is read, for the query.</summary>
    [Parameter(ParameterSetName = ExtractSet)]
    [Parameter(ParameterSetName = ExtractClientSet)]
    [ValidateNotNullOrEmpty]
    public object? Until { get; set; }

    /// <summary>The query parameter for -Since. Default since.</summary>
    [Parameter(ParameterSetName = ExtractSet)]
    [Parameter(ParameterSetName = ExtractClientSet)]
    [ValidateNotNullOrEmpty]
    public string SinceParameter { get; set; } = "since";

    /// <summary>The query parameter for -Until. Default until.</summary>
    [Parameter(ParameterSetName = ExtractSet)]
    [Parameter(ParameterSetName = ExtractClientSet)]
    [ValidateNotNullOrEmpty]
    public string UntilParameter { get; set; } = "until";

    /// <summary>A watermark to go on from; null for the beginning.</summary>
    [Parameter(ParameterSetName = ExtractSet)]
    [Parameter(ParameterSetName = ExtractClientSet)]
    [AllowNull]
    public EtlWatermark? ResumeFrom { get; set; }

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

    /// <summary>What becomes of records when the outage budget is spent. Default Stop.</summary>
    [Parameter(ParameterSetName = EnrichSet)]
    [Parameter(ParameterSetName = EnrichClientSet)]
    public EtlOutageAction OnOutage { get; set; }

    /// <summary>How long to read pages; then the run drains. A time span, or seconds. Default: to the last page.</summary>
    [Parameter(ParameterSetName = ExtractSet)]
    [Parameter(ParameterSetName = ExtractClientSet)]
    [DurationArgument]
    public TimeSpan MaxDuration { get; set; }

    /// <summary>A file that another process makes to have the run drained.</summary>
    [Parameter(ParameterSetName = ExtractSet)]
    [Parameter(ParameterSetName = ExtractClientSet)]
    [ValidateNotNullOrEmpty]
    public string? StopFilePath { get; set; }

    /// <summary>What SIGTERM does in a process that runs by itself: Drain or Drop. Default: Drain.</summary>
    [Parameter(ParameterSetName = ExtractSet)]
    [Parameter(ParameterSetName = ExtractClientSet)]
    public EtlTerminationAction OnTermination { get; set; }

    /// <summary>Seconds that a drain may take before the run is dropped. Default 25.</summary>
    [Parameter(ParameterSetName = ExtractSet)]
    [Parameter(ParameterSetName = ExtractClientSet)]
    [ValidateRange(0.1, 86400)]
    public double DrainTimeoutSec { get; set; } = RunShutdown.DefaultTimeout.TotalSeconds;

    // While one call is waited for, others can go out.
    internal override bool GivesBackSoon => false;

    private protected override IRecordInput Input => _input!;

    private Random Chance => new(Context.Run.Id.GetHashCode());

    private protected override void OnBegin()
    {
        if (!MyInvocation.ExpectingInput && !MyInvocation.BoundParameters.ContainsKey(nameof(InputObject)))
            return;
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
        RunSource(this, () => new ApiSource(
            CommandName, ApiArguments.Extract(this), Context.Session.Breakers, BufferSize, Context.Run.Time, Chance));
    }

    private protected override void OnDisposed() => _enricher?.Dispose();
}
