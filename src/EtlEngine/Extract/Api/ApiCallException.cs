using System.Net;
using EtlTools.Engine.Resilience;

namespace EtlTools.Engine.Extract.Api;

/// <summary>A call that failed. The message is a sentence without query values, headers, bodies or cursors.</summary>
internal sealed class ApiCallException : Exception
{
    public ApiCallException(FailureVerdict verdict, string code, string message, Exception? inner = null) : base(message, inner)
    {
        Verdict = verdict;
        Code = code;
    }

    /// <summary>The meaning of the failure for the service's breaker.</summary>
    public FailureVerdict Verdict { get; }

    /// <summary>The id of the failure, one of <see cref="FailureCodes"/>.</summary>
    public string Code { get; }

    /// <summary>The answer's status; null if there was no answer.</summary>
    public HttpStatusCode? Status { get; init; }

    /// <summary>The beginning of the service's own text, which may contain values; only for the user and the dead letter.</summary>
    public string? Detail { get; init; }

    /// <summary>The verdict on a failed call.</summary>
    public static FailureVerdict Classify(Exception failure) => failure is ApiCallException call ? call.Verdict : default;

    /// <summary>The same failure with another verdict.</summary>
    public ApiCallException As(FailureClass kind) =>
        new(Verdict with { Class = kind }, kind == FailureClass.Refusal && Code == FailureCodes.ServiceUnavailable ? FailureCodes.RequestRefused : Code, Message, InnerException) { Status = Status, Detail = Detail };

    /// <summary>A permanent failure; the service is alive.</summary>
    public static ApiCallException Refusal(string code, string message, Exception? inner = null) =>
        new(new FailureVerdict(FailureClass.Refusal, code), code, message, inner);

    /// <summary>A temporary failure, or an outage.</summary>
    /// <param name="cause">The cause in a word or two, for the breaker.</param>
    /// <param name="message">What happened.</param>
    /// <param name="inner">What caused it.</param>
    /// <param name="retryAfter">How long the service asks callers to wait.</param>
    public static ApiCallException Outage(string cause, string message, Exception? inner = null, TimeSpan retryAfter = default) =>
        new(new FailureVerdict(FailureClass.Outage, cause, retryAfter), FailureCodes.ServiceUnavailable, message, inner);
}
