using EtlTools.Engine.Extract.Json;

namespace EtlTools.Engine.Extract.Api;

/// <summary>What happens to records when the outage budget is spent.</summary>
internal enum OutageAction
{
    /// <summary>The run stops.</summary>
    Stop,

    /// <summary>They fail, and the run continues.</summary>
    DeadLetter,
}

/// <summary>The call for each record, and what to do with the answer.</summary>
internal sealed record ApiEnrichment
{
    /// <summary>The default number of calls in flight.</summary>
    public const int DefaultThrottleLimit = 8;

    /// <summary>The address, with column names in braces after its host.</summary>
    public required string Uri { get; init; }

    /// <summary>Members of the query besides those of the address; null, the default, for none.</summary>
    public ApiBodyValue? Query { get; init; }

    /// <summary>The method. Default GET.</summary>
    public HttpMethod Method { get; init; } = HttpMethod.Get;

    /// <summary>The body; null, the default, for none.</summary>
    public ApiBody? Body { get; init; }

    /// <summary>The column for the answer; null, the default, for a column for each of its members.</summary>
    public string? ResultColumn { get; init; }

    /// <summary>How many answers are remembered for repeated requests. Default 0.</summary>
    public int CacheSize { get; init; }

    /// <summary>What happens to records when the outage budget is spent. Default: the run stops.</summary>
    public OutageAction OnOutage { get; init; }

    /// <summary>How the service is reached, and as whom.</summary>
    public ApiConnection Connection { get; init; } = new();

    /// <summary>How calls are retried.</summary>
    public ApiCallOptions Calls { get; init; } = new();

    /// <summary>The position of the answer in the body, and whether nested objects become columns; other settings are ignored.</summary>
    public JsonFormat Format { get; init; } = new();

    /// <summary>The members of an answer that mean a failure. Default: those of GraphQL.</summary>
    public ApiErrorMembers Errors { get; init; } = ApiErrorMembers.GraphQL;

    /// <summary>Whether each request is reported, for -Verbose. Default false.</summary>
    public bool TellsRequests { get; init; }
}
