using System.Net;
using EtlTools.Engine.Resilience;

namespace EtlTools.Engine.Extract.Api;

/// <summary>A call that failed. The message is a sentence without a query value, a header, a body or a cursor.</summary>
internal sealed class ApiCallException : Exception
{
    public ApiCallException(FailureVerdict verdict, string code, string message, Exception? inner = null) : base(message, inner)
    {
        Verdict = verdict;
        Code = code;
    }

    /// <summary>What the failure says about the service.</summary>
    public FailureVerdict Verdict { get; }

    /// <summary>The id of the failure, one of <see cref="FailureCodes"/>.</summary>
    public string Code { get; }

    /// <summary>The answer's status; null if there was no answer.</summary>
    public HttpStatusCode? Status { get; init; }

    /// <summary>The beginning of what the service itself said, which may hold values: it is for the user and the dead letter only.</summary>
    public string? Detail { get; init; }

    /// <summary>What a failure of a call says about the service.</summary>
    public static FailureVerdict Classify(Exception failure) => failure is ApiCallException call ? call.Verdict : default;

    /// <summary>The same failure with another verdict.</summary>
    public ApiCallException As(FailureClass kind) =>
        new(Verdict with { Class = kind }, kind == FailureClass.Refusal && Code == FailureCodes.ServiceUnavailable ? FailureCodes.RequestRefused : Code, Message, InnerException) { Status = Status, Detail = Detail };

    /// <summary>A failure that trying again cannot mend; the service is alive.</summary>
    public static ApiCallException Refusal(string code, string message, Exception? inner = null) =>
        new(new FailureVerdict(FailureClass.Refusal, code), code, message, inner);

    /// <summary>A failure that passes, or an outage.</summary>
    /// <param name="cause">The cause in a word or two, for the breaker.</param>
    /// <param name="message">What happened.</param>
    /// <param name="inner">What caused it.</param>
    /// <param name="retryAfter">How long the service asks to be left alone.</param>
    public static ApiCallException Outage(string cause, string message, Exception? inner = null, TimeSpan retryAfter = default) =>
        new(new FailureVerdict(FailureClass.Outage, cause, retryAfter), FailureCodes.ServiceUnavailable, message, inner);
}
