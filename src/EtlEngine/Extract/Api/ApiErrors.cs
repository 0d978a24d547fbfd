using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using EtlTools.Engine.Extract.Json;
using EtlTools.Engine.Resilience;

namespace EtlTools.Engine.Extract.Api;

/// <summary>Words what went wrong with a call, and sorts it into what passes and what does not.</summary>
internal static class ApiErrors
{
    /// <summary>An answer that is no success.</summary>
    public static ApiCallException OfStatus(HttpResponseMessage answer, string call, TimeProvider time)
    {
        HttpStatusCode status = answer.StatusCode;
        string reason = string.Create(CultureInfo.InvariantCulture, $"{(int)status} ({Words(status)})");
        string cause = string.Create(CultureInfo.InvariantCulture, $"HTTP {(int)status}");
        if (IsPassing(status))
            return ApiCallException.Outage(cause, $"{call} answered {reason}.", null, RetryAfter(answer, time));
        string hint = status switch
        {
            HttpStatusCode.Unauthorized => " Check the credentials: -Authentication, -Token or -Credential.",
            HttpStatusCode.Forbidden => " The credentials do not allow this.",
            HttpStatusCode.ProxyAuthenticationRequired => " The proxy wants credentials: -ProxyCredential.",
            >= HttpStatusCode.MultipleChoices and < HttpStatusCode.BadRequest => " The redirect leads nowhere.",
            _ => "",
        };
        string code = status is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden or HttpStatusCode.ProxyAuthenticationRequired
            ? FailureCodes.AuthenticationFailed
            : FailureCodes.RequestRefused;
        return new ApiCallException(new FailureVerdict(FailureClass.Refusal, cause), code, $"{call} answered {reason}.{hint}");
    }

    /// <summary>A request that had no answer.</summary>
    public static ApiCallException OfRequest(HttpRequestException e, Uri uri, string call) => e switch
    {
        { InnerException: SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData } } => ApiCallException.Refusal(
            FailureCodes.HostNotFound, $"{call}: there is no host '{uri.Host}'.", e),
        { InnerException: AuthenticationException inner } => ApiCallException.Refusal(
            FailureCodes.TlsFailed,
            $"{call}: no secure connection to {uri.Host}: {Sentence((inner.InnerException ?? inner).Message)} If its certificate is self-signed and known to you: -SkipCertificateCheck.", e),
        { HttpRequestError: HttpRequestError.ProxyTunnelError } => ApiCallException.Outage("Proxy", $"{call}: the proxy did not make the connection.", e),
        { InnerException: SocketException socket } => ApiCallException.Outage(socket.SocketErrorCode.ToString(), $"{call}: no connection to {ApiAddress.Authority(uri)} ({socket.SocketErrorCode}).", e),
        _ => ApiCallException.Outage(e.HttpRequestError.ToString(), $"{call}: the connection to {ApiAddress.Authority(uri)} failed ({e.HttpRequestError}).", e),
    };

    /// <summary>A body that cannot be read.</summary>
    public static ApiCallException OfText(JsonTextException e, ApiResponse answer, string call)
    {
        string head = string.Create(CultureInfo.InvariantCulture, $"{call} answered {(int)answer.Message.StatusCode} with {answer.ContentType}");
        return e.Fault switch
        {
            // A body without a length that ends early looks like this.
            JsonTextFault.Truncated => ApiCallException.Outage("ResponseEnded", $"{head}. {e.Message}", e),
            JsonTextFault.ItemsMissing => ApiCallException.Refusal(FailureCodes.ItemsNotFound, $"{head}. {e.Message} Say where the items are with -ItemPath.", e),
            JsonTextFault.Markup => ApiCallException.Refusal(FailureCodes.NotJson, $"{head}. {e.Message} Check -Uri, and whether a proxy or a login page answers in its place.", e),
            JsonTextFault.TooLarge => ApiCallException.Refusal(FailureCodes.ResponseTooLarge, $"{head}. {e.Message}", e),
            _ => ApiCallException.Refusal(FailureCodes.NotJson, $"{head}. {e.Message}", e),
        };
    }

    /// <summary>The failure that ends a run.</summary>
    public static EtlException Ending(ApiCallException e, TimeSpan outageBudget)
    {
        if (e.Verdict.Class != FailureClass.Outage)
            return new EtlException(e.Code, KindOf(e.Code), e.Message, e);
        string asked = e.Verdict.RetryAfter > TimeSpan.Zero
            ? string.Create(CultureInfo.InvariantCulture, $" It asks to be left alone for {e.Verdict.RetryAfter.TotalSeconds:0} s.")
            : "";
        return new EtlException(
            FailureCodes.OutageBudgetSpent, FailureKind.Unavailable,
            string.Create(CultureInfo.InvariantCulture, $"{e.Message}{asked} It was tried again for as long as -OutageBudgetSec allows ({outageBudget.TotalSeconds:0.###} s). Run it again when the service answers."), e);
    }

    /// <summary>The failure that ends a run because the breaker is open.</summary>
    public static EtlException Ending(BreakerOpenException e, TimeSpan outageBudget)
    {
        string next = e.UntilProbe is { } wait
            ? string.Create(CultureInfo.InvariantCulture, $"the next probe is due in {wait.TotalSeconds:0.#} s, which is more than is left of")
            : "a probe was under way at the end of";
        return new EtlException(
            FailureCodes.OutageBudgetSpent, FailureKind.Unavailable,
            string.Create(CultureInfo.InvariantCulture, $"{e.Breaker.Name} does not answer (the last failure: {e.Breaker.LastErrorCode}), and {next} -OutageBudgetSec ({outageBudget.TotalSeconds:0.###} s). Run it again when the service answers; Get-EtlBreaker shows the breaker."), e);
    }

    /// <summary>The wait that an answer asks for, in seconds or until a date.</summary>
    public static TimeSpan RetryAfter(HttpResponseMessage answer, TimeProvider time)
    {
        TimeSpan asked = answer.Headers.RetryAfter switch
        {
            { Delta: { } seconds } => seconds,
            { Date: { } date } => date - time.GetUtcNow(),
            _ => TimeSpan.Zero,
        };
        return asked > TimeSpan.Zero ? asked : TimeSpan.Zero;
    }

    private static bool IsPassing(HttpStatusCode status) =>
        status is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError;

    private static FailureKind KindOf(string code) => code switch
    {
        FailureCodes.AuthenticationFailed => FailureKind.PermissionDenied,
        FailureCodes.HostNotFound => FailureKind.NotFound,
        FailureCodes.TlsFailed => FailureKind.Unavailable,
        FailureCodes.RequestRefused or FailureCodes.CrossHostRefused => FailureKind.InvalidCall,
        _ => FailureKind.InvalidData,
    };

    /// <summary>The standard words: a service's own may say anything.</summary>
    private static string Words(HttpStatusCode status) => Enum.IsDefined(status)
        ? string.Concat(status.ToString().Select((c, i) => i > 0 && char.IsUpper(c) && !char.IsUpper(status.ToString()[i - 1]) ? $" {c}" : $"{c}"))
        : "no standard status";

    private static string Sentence(string text) => text.EndsWith('.') ? text : text + ".";
}
