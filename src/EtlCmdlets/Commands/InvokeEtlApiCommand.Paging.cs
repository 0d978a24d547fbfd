using System.Management.Automation;
using EtlTools.Cmdlets.Arguments;
using EtlTools.Engine.Extract.Api;
using EtlTools.Engine.Stages;

namespace EtlTools.Cmdlets;

/// <content>How pages are read.</content>
public sealed partial class InvokeEtlApiCommand
{
    /// <summary>How a page leads to the next one. Default Cursor.</summary>
    [Parameter(ParameterSetName = ExtractSet)]
    [Parameter(ParameterSetName = ExtractClientSet)]
    public EtlApiPagination Pagination { get; set; }

    /// <summary>Follows Link headers with rel="next", as -Pagination Link does.</summary>
    [Parameter(ParameterSetName = ExtractSet)]
    [Parameter(ParameterSetName = ExtractClientSet)]
    public SwitchParameter FollowRelLink { get; set; }

    /// <summary>Where a page has the next one's cursor or address. Default next_page.</summary>
    [Parameter(ParameterSetName = ExtractSet)]
    [Parameter(ParameterSetName = ExtractClientSet)]
    [ValidateNotNullOrEmpty]
    public string NextPath { get; set; } = ApiPaging.DefaultNextPath;

    /// <summary>The header of an answer that has the next page's cursor or address, instead of -NextPath.</summary>
    [Parameter(ParameterSetName = ExtractSet)]
    [Parameter(ParameterSetName = ExtractClientSet)]
    [ValidateNotNullOrEmpty]
    public string? NextHeader { get; set; }

    /// <summary>Where a page says whether there are more.</summary>
    [Parameter(ParameterSetName = ExtractSet)]
    [Parameter(ParameterSetName = ExtractClientSet)]
    [ValidateNotNullOrEmpty]
    public string? MorePath { get; set; }

    /// <summary>Where a page says how many items there are in all.</summary>
    [Parameter(ParameterSetName = ExtractSet)]
    [Parameter(ParameterSetName = ExtractClientSet)]
    [ValidateNotNullOrEmpty]
    public string? TotalPath { get; set; }

    /// <summary>What ends the pages besides a page that says it is the last.</summary>
    [Parameter(ParameterSetName = ExtractSet)]
    [Parameter(ParameterSetName = ExtractClientSet)]
    public EtlApiEnds EndWhen { get; set; }

    /// <summary>The query parameter for the cursor, page or offset. Default: cursor, page or offset.</summary>
    [Parameter(ParameterSetName = ExtractSet)]
    [Parameter(ParameterSetName = ExtractClientSet)]
    [ValidateNotNullOrEmpty]
    public string? PageParameter { get; set; }

    /// <summary>The cursor, page or offset of the first page. Default: what -Uri or -Body has.</summary>
    [Parameter(ParameterSetName = ExtractSet)]
    [Parameter(ParameterSetName = ExtractClientSet)]
    [ValidateNotNullOrEmpty]
    public string? FirstPage { get; set; }

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

    /// <summary>Sets cursor, page, size, -Since and -Until in the JSON body instead of the query.</summary>
    [Parameter(ParameterSetName = ExtractSet)]
    [Parameter(ParameterSetName = ExtractClientSet)]
    public SwitchParameter ParametersInBody { get; set; }

    /// <summary>Parameters of -Uri's query that go along to next links without them, such as a key.</summary>
    [Parameter(ParameterSetName = ExtractSet)]
    [Parameter(ParameterSetName = ExtractClientSet)]
    [ValidateNotNullOrEmpty]
    public string[] KeepParameter { get; set; } = [];

    /// <summary>Pages to read at most.</summary>
    [Parameter(ParameterSetName = ExtractSet)]
    [Parameter(ParameterSetName = ExtractClientSet)]
    [Alias("MaximumFollowRelLink")]
    [ValidateRange(1, int.MaxValue)]
    public int MaxPages { get; set; }

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

    /// <summary>A watermark to continue from; null for the beginning.</summary>
    [Parameter(ParameterSetName = ExtractSet)]
    [Parameter(ParameterSetName = ExtractClientSet)]
    [AllowNull]
    public EtlWatermark? ResumeFrom { get; set; }

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
}
