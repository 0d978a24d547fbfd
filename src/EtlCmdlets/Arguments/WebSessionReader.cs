using System.Collections;
using System.Net;
using System.Reflection;
using System.Security.Cryptography.X509Certificates;
using EtlTools.Engine;

namespace EtlTools.Cmdlets.Arguments;

/// <summary>
/// Reads the web session that Invoke-RestMethod -SessionVariable makes. Its type belongs to a part of PowerShell that is not
/// compiled against, so its public properties are read by name, and one that does not exist is not used.
/// </summary>
internal sealed class WebSessionReader
{
    private readonly object? _session;

    /// <param name="session">The session, or null for none.</param>
    /// <exception cref="EtlException">It is something else.</exception>
    public WebSessionReader(object? session)
    {
        _session = ValueUnwrapper.Unwrap(session);
        if (_session is not null && Property("Cookies") is null)
        {
            throw new EtlException(
                FailureCodes.InvalidParameter, FailureKind.InvalidCall,
                "-WebSession is not a web session. Use the variable that Invoke-RestMethod -SessionVariable has set.");
        }
    }

    public CookieContainer? Cookies => Read<CookieContainer>(nameof(Cookies));

    public ICredentials? Credentials => Read<ICredentials>(nameof(Credentials));

    public IWebProxy? Proxy => Read<IWebProxy>(nameof(Proxy));

    public string? UserAgent => Read<string>(nameof(UserAgent));

    public X509CertificateCollection? Certificates => Read<X509CertificateCollection>(nameof(Certificates));

    public bool UseDefaultCredentials => Property(nameof(UseDefaultCredentials))?.GetValue(_session) is true;

    public IDictionary? Headers => Read<IDictionary>(nameof(Headers));

    private T? Read<T>(string name) where T : class => Property(name)?.GetValue(_session) as T;

    private PropertyInfo? Property(string name) => _session?.GetType().GetProperty(name);
}
