using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using EtlTools.Engine.Extract.Json;
using EtlTools.Engine.Resilience;

namespace EtlTools.Engine.Extract.Api;

/// <summary>Words the failures of calls, and classifies them as temporary or permanent.</summary>
internal static class ApiErrors
{
    private static readonly string[] LineTypes = ["ndjson", "jsonl", "jsonlines", "json-seq"];

    /// <summary>An answer that is not a success.</summary>
    /// <param name="answer">The answer.</param>
    /// <param name="call">The request as messages show it.</param>
    /// <param name="detail">The service's own text.</param>
    /// <param name="time">The clock.</param>
    public static ApiCallException OfStatus(HttpResponseMessage answer, string call, string? detail, TimeProvider time)
    {
        HttpStatusCode status = answer.StatusCode;
        string said = string.Create(CultureInfo.InvariantCulture, $"{call} answered {(int)status} ({Words(status)}).");
        TimeSpan wait = ApiWaits.Read(answer, time);
        FailureClass kind = ApiWaits.IsThrottling(answer) ? FailureClass.Throttled : IsPassing(status) ? FailureClass.Outage : FailureClass.Refusal;
        string code = kind != FailureClass.Refusal ? FailureCodes.ServiceUnavailable
            : status is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden or HttpStatusCode.ProxyAuthenticationRequired ? FailureCodes.AuthenticationFailed
            : FailureCodes.RequestRefused;
        string hint = kind != FailureClass.Refusal ? "" : status switch
        {
            HttpStatusCode.Unauthorized => " Check the credentials: -Authentication, -Token or -Credential.",
            HttpStatusCode.Forbidden => " The credentials do not allow this.",
            HttpStatusCode.ProxyAuthenticationRequired => " The proxy requires credentials: use -ProxyCredential.",
            HttpStatusCode.NotModified => " The answer has no items. -StatusAction @{ 304 = 'Null' } takes it for none.",
            >= HttpStatusCode.MultipleChoices and < HttpStatusCode.BadRequest => " The redirect leads nowhere.",
            _ => "",
        };
        string cause = string.Create(CultureInfo.InvariantCulture, $"HTTP {(int)status}");
        return new ApiCallException(new FailureVerdict(kind, cause, wait), code, said + hint) { Status = status, Detail = detail };
    }

    /// <summary>A request that had no answer.</summary>
    /// <param name="e">What happened.</param>
    /// <param name="uri">The address.</param>
    /// <param name="proxy">The proxy that was used; null for none.</param>
    /// <param name="call">The request as messages show it.</param>
    public static ApiCallException OfRequest(HttpRequestException e, Uri uri, Uri? proxy, string call)
    {
        string cause = e.HttpRequestError.ToString();
        string reached = proxy is null ? ApiAddress.Authority(uri) : $"the proxy {ApiAddress.Authority(proxy)}";
        return e switch
        {
            { InnerException: SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData } } => ApiCallException.Refusal(
                FailureCodes.HostNotFound, proxy is null ? $"{call} failed: the host '{uri.Host}' was not found." : $"{call} failed: the proxy '{proxy.Host}' was not found. Check -Proxy.", e),
            _ when IsCertificateWanted(e) => ApiCallException.Refusal(
                FailureCodes.TlsFailed, $"{call} failed: {uri.Host} requires a client certificate and did not accept the one it got, if any (-Certificate).", e),
            { InnerException: AuthenticationException inner } => ApiCallException.Refusal(
                FailureCodes.TlsFailed,
                $"{call} failed: no secure connection to {uri.Host}: {Sentence((inner.InnerException ?? inner).Message)} {TlsHint(inner, uri)}", e),
            { HttpRequestError: HttpRequestError.ProxyTunnelError, StatusCode: HttpStatusCode.ProxyAuthenticationRequired } => ApiCallException.Refusal(
                FailureCodes.AuthenticationFailed, $"{call} failed: {reached} requires credentials: use -ProxyCredential.", e),
            { HttpRequestError: HttpRequestError.ProxyTunnelError, StatusCode: >= HttpStatusCode.BadRequest and < HttpStatusCode.InternalServerError } => ApiCallException.Refusal(
                FailureCodes.RequestRefused, string.Create(CultureInfo.InvariantCulture, $"{call} failed: {reached} refuses the connection with {(int)e.StatusCode!} ({Words(e.StatusCode.Value)})."), e),
            { HttpRequestError: HttpRequestError.ProxyTunnelError } => ApiCallException.Outage("Proxy", $"{call} failed: {reached} did not make the connection.", e),
            { InnerException: SocketException socket } => ApiCallException.Outage(
                proxy is null ? socket.SocketErrorCode.ToString() : $"Proxy {socket.SocketErrorCode}", $"{call} failed: no connection to {reached} ({socket.SocketErrorCode}).", e),
            _ => ApiCallException.Outage(cause, $"{call} failed: the connection to {reached} broke ({cause}).", e),
        };
    }

    /// <summary>A body that cannot be read.</summary>
    public static ApiCallException OfText(JsonTextException e, ApiResponse answer, string call)
    {
        string head = answer.Describe(call);
        return e.Fault switch
        {
            // A body without a length that ends early also looks like this.
            JsonTextFault.Truncated when !answer.IsDelimited => ApiCallException.Outage("ResponseEnded", $"{head}. {e.Message}", e),
            JsonTextFault.Truncated => ApiCallException.Refusal(FailureCodes.NotJson, $"{head}. {e.Message} The answer was complete, so a retry will not help.", e),
            JsonTextFault.ItemsMissing => ApiCallException.Refusal(FailureCodes.ItemsNotFound, $"{head}. {e.Message}{(e.SaysWhere ? "" : " Say where the items are with -ItemPath, and what stands there with -ItemShape.")}{(e.IsNothingThere ? " If the service leaves out an empty list, use -AllowMissingItems." : "")}", e),
            JsonTextFault.Markup => ApiCallException.Refusal(FailureCodes.NotJson, $"{head}. {e.Message} Check -Uri, and whether a proxy or a login page answers in its place.", e),
            JsonTextFault.Compressed => ApiCallException.Refusal(FailureCodes.NotJson, $"{head}. {e.Message} The service does not say so in Content-Encoding. If it is a file, read it with Import-EtlJson -Uri.", e),
            JsonTextFault.TooLarge => ApiCallException.Refusal(FailureCodes.ResponseTooLarge, $"{head}. {e.Message}", e),
            _ => ApiCallException.Refusal(FailureCodes.NotJson, $"{head}. {e.Message}{(IsLines(answer) ? " The service says that it sends JSON lines: use -Format JsonLines." : "")}", e),
        };
    }

    private static bool IsLines(ApiResponse answer) => answer.Message.Content.Headers.ContentType?.MediaType is { } type
        && Array.Exists(LineTypes, name => type.Contains(name, StringComparison.OrdinalIgnoreCase));

    /// <summary>A successful answer in which a member reports a failure.</summary>
    /// <param name="member">The member.</param>
    /// <param name="json">What the service says about it.</param>
    /// <param name="call">The request as messages show it.</param>
    public static ApiCallException OfMember(string member, string json, string call) =>
        new(new FailureVerdict(FailureClass.Refusal, "errors"), FailureCodes.AnswerHasErrors, $"{call} answered with an error in its member '{member}' (-ErrorPath).")
        {
            Detail = ApiDetail.OneLine(System.Text.Encoding.UTF8.GetBytes(json)),
        };

    private static string TlsHint(AuthenticationException e, Uri uri) => e.Message.Contains("certificate", StringComparison.OrdinalIgnoreCase)
        ? "If its certificate is self-signed and you know it, use -SkipCertificateCheck."
        : string.Create(CultureInfo.InvariantCulture, $"Check that port {uri.Port} is one for https.");

    /// <summary>With TLS 1.3 the alert comes after the handshake, as a text from the platform's library.</summary>
    private static bool IsCertificateWanted(Exception e)
    {
        for (Exception? cause = e; cause is not null; cause = cause.InnerException)
        {
            if (cause.Message.Contains("certificate required", StringComparison.OrdinalIgnoreCase) || cause.Message.Contains("CertificateRequired", StringComparison.OrdinalIgnoreCase)
                || cause is System.ComponentModel.Win32Exception { NativeErrorCode: unchecked((int)0x80090320) })
            {
                return true;
            }
        }
        return false;
    }

    /// <summary>The failure that ends a run.</summary>
    public static EtlException Ending(ApiCallException e, ApiCallOptions calls) => e.Verdict.Class switch
    {
        FailureClass.Outage => Ending(
            FailureCodes.OutageBudgetSpent, FailureKind.Unavailable,
            $"{e.Message}{Asked(e)} It was retried for as long as -OutageBudgetSec allows ({Seconds(calls.OutageBudget)} s). Run it again when the service answers.", e),
        FailureClass.Throttled when e.Verdict.RetryAfter > calls.MaxRetryAfter => Ending(
            FailureCodes.OutageBudgetSpent, FailureKind.Unavailable,
            $"{e.Message}{Asked(e)} That is more than -MaxRetryAfterSec allows ({Seconds(calls.MaxRetryAfter)} s). Run it again later, or raise the limit.", e),
        FailureClass.Throttled => Ending(
            FailureCodes.OutageBudgetSpent, FailureKind.Unavailable,
            $"{e.Message}{Asked(e)} It answered no call within -OutageBudgetSec ({Seconds(calls.OutageBudget)} s). Run it again later, with fewer calls a second (-RateLimit).", e),
        _ => Ending(e.Code, KindOf(e.Code), e.Message, e),
    };

    /// <summary>The failure that ends a run because the breaker is open.</summary>
    public static EtlException Ending(BreakerOpenException e, ApiCallOptions calls)
    {
        string cause = e.LastFailure is ApiCallException last ? last.Message : $"{e.Breaker.Name} does not answer (the last failure: {e.Breaker.LastErrorCode}).";
        string next = e.UntilProbe is { } wait
            ? string.Create(CultureInfo.InvariantCulture, $"the next probe is due in {wait.TotalSeconds:0.#} s, which is more than is left of")
            : e.Breaker.State == BreakerState.HalfOpen ? "a probe was under way at the end of" : "a last probe failed at the end of";
        return Ending(
            FailureCodes.OutageBudgetSpent, FailureKind.Unavailable,
            $"{cause} The breaker of {e.Breaker.Name} is open, and {next} -OutageBudgetSec ({Seconds(calls.OutageBudget)} s). Run it again when the service answers; Get-EtlBreaker shows the breaker.",
            e.LastFailure as ApiCallException, e);
    }

    private static EtlException Ending(string code, FailureKind kind, string message, ApiCallException? cause, Exception? inner = null) =>
        new(code, kind, message, inner ?? cause) { Detail = cause?.Detail };

    private static string Asked(ApiCallException e) => e.Verdict.RetryAfter > TimeSpan.Zero ? $" It asks callers to wait for {Seconds(e.Verdict.RetryAfter)} s." : "";

    private static string Seconds(TimeSpan time) => time.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture);

    private static bool IsPassing(HttpStatusCode status) =>
        status is HttpStatusCode.RequestTimeout or >= HttpStatusCode.InternalServerError;

    private static FailureKind KindOf(string code) => code switch
    {
        FailureCodes.AuthenticationFailed => FailureKind.PermissionDenied,
        FailureCodes.HostNotFound => FailureKind.NotFound,
        FailureCodes.OutageBudgetSpent => FailureKind.Unavailable,
        FailureCodes.TlsFailed => FailureKind.Unavailable,
        FailureCodes.RequestRefused or FailureCodes.CrossHostRefused or FailureCodes.NextPageUnknown => FailureKind.InvalidCall,
        _ => FailureKind.InvalidData,
    };

    /// <summary>The standard reason phrases; those of a service may contain anything.</summary>
    private static string Words(HttpStatusCode status) => Enum.IsDefined(status)
        ? string.Concat(status.ToString().Select((c, i) => i > 0 && char.IsUpper(c) && !char.IsUpper(status.ToString()[i - 1]) ? $" {c}" : $"{c}"))
        : "no standard status";

    private static string Sentence(string text) => text.EndsWith('.') ? text : text + ".";
}
