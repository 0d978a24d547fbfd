using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Net;
using System.Security;
using EtlTools.Cmdlets.Pipeline;
using EtlTools.Engine;
using EtlTools.Engine.Extract;
using EtlTools.Engine.Extract.Api;
using EtlTools.Engine.Resilience;
using EtlTools.Engine.Telemetry;

namespace EtlTools.Cmdlets.Arguments;

/// <summary>Makes a file of the parameters that tell an address and how it is reached.</summary>
internal static class WebFileArguments
{
    /// <summary>The file; nothing is sent yet.</summary>
    /// <param name="command">The command.</param>
    /// <param name="given">The address.</param>
    /// <param name="context">Its session and run.</param>
    /// <param name="zip">Which entries of an archive are read.</param>
    /// <exception cref="EtlException">A parameter cannot work.</exception>
    public static SourceFile File(IWebFileArguments command, string given, RunContext context, ZipSelection zip)
    {
        Uri uri = ApiArguments.Address(given);
        KeyValuePair<string, string>[] headers = [.. ApiArguments.Pairs(command.Headers)];
        Remember(command, context.Session.Redactor, uri, headers);
        if (command.ProxyCredential is not null && command.Proxy is null)
            throw Invalid("-ProxyCredential needs -Proxy.");
        ApiAuthorization? authorization = Authorization(command, context.Session.Redactor);
        var connection = new ApiConnection
        {
            Headers = headers,
            Authorization = authorization,
            Credential = authorization is null ? command.Credential?.GetNetworkCredential() : null,
            AllowUnencryptedAuthentication = command.AllowUnencryptedAuthentication,
            AllowCrossHost = command.AllowCrossHost,
            Proxy = command.Proxy is null ? null : new WebProxy(command.Proxy) { Credentials = command.ProxyCredential?.GetNetworkCredential() },
            SkipCertificateCheck = command.SkipCertificateCheck,
            MaxBodyBytes = command.MaxBodyBytes == 0 ? long.MaxValue : command.MaxBodyBytes,
            ConnectionTimeout = TimeSpan.FromSeconds(command.ConnectionTimeoutSeconds),
            OperationTimeout = TimeSpan.FromSeconds(command.OperationTimeoutSeconds),
        };
        var calls = new ApiCallOptions
        {
            OutageBudget = TimeSpan.FromSeconds(command.OutageBudgetSec),
            Breaker = new BreakerOptions { Threshold = command.BreakerThreshold, Cooldown = TimeSpan.FromSeconds(command.BreakerCooldownSec) },
        };
        return new WebFile(uri, connection, calls, context.Session.Breakers, context.Run.Time, new Random(context.Run.Id.GetHashCode())) { Zip = zip };
    }

    /// <summary>Tells the session's redactor what must not be shown. A signed address has its signature in the query.</summary>
    private static void Remember(IWebFileArguments command, Redactor redactor, Uri uri, IEnumerable<KeyValuePair<string, string>> headers)
    {
        ApiArguments.RememberHeaders(redactor, headers, command.Headers);
        redactor.AddAddress(uri.OriginalString);
        foreach (string[] pair in uri.Query.TrimStart('?').Split('&').Select(pair => pair.Split('=', 2)).Where(pair => pair.Length == 2 && IsSigned(pair[0])))
        {
            redactor.AddSecret(pair[1]);
            redactor.AddSecret(System.Uri.UnescapeDataString(pair[1]));
        }
        foreach (SecureString? secret in new[] { command.Token, command.Credential?.Password, command.ProxyCredential?.Password })
            redactor.AddSecret(secret);
    }

    private static bool IsSigned(string name) =>
        Redactor.NamesSecret(name) || name.Contains("sig", StringComparison.OrdinalIgnoreCase) || name.EndsWith("Credential", StringComparison.OrdinalIgnoreCase);

    private static ApiAuthorization? Authorization(IWebFileArguments command, Redactor redactor) => command.Authentication switch
    {
        EtlApiAuthentication.None when command.Token is not null => throw Invalid("-Token needs -Authentication Bearer."),
        EtlApiAuthentication.None => null,
        EtlApiAuthentication.Basic => ApiAuthorization.Basic(
            command.Credential?.UserName ?? throw Invalid("-Authentication Basic needs -Credential."), command.Credential.GetNetworkCredential().Password, redactor),
        _ => ApiAuthorization.Bearer(new NetworkCredential("", command.Token ?? throw Invalid($"-Authentication {command.Authentication} needs -Token.")).Password),
    };

    private static EtlException Invalid(string message) => new(FailureCodes.InvalidParameter, FailureKind.InvalidCall, message);
}
