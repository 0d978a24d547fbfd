using System.Collections;
using System.Management.Automation;
using System.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using EtlTools.Cmdlets.Arguments;
using EtlTools.Cmdlets.Completion;

namespace EtlTools.Cmdlets;

/// <content>How the service is reached, and as whom.</content>
public sealed partial class InvokeEtlApiCommand
{
    /// <summary>A ready-made client to send with.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ExtractClientSet)]
    [Parameter(Mandatory = true, ParameterSetName = EnrichClientSet)]
    public HttpClient? HttpClient { get; set; }

    /// <summary>Other hosts that get headers and credentials as the service does.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] TrustedHost { get; set; } = [];

    /// <summary>What the caller calls itself. Default EtlTools and its version.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? UserAgent { get; set; }

    /// <summary>The version of HTTP. Default: 2 over https where the service speaks it, else 1.1.</summary>
    [Parameter]
    [ValidateNotNull]
    public Version? HttpVersion { get; set; }

    /// <summary>The encoding of answers. Default: what they say, else UTF-8.</summary>
    [Parameter]
    [EncodingArgument]
    [ArgumentCompleter(typeof(EncodingCompleter))]
    [ValidateNotNull]
    public Encoding? Encoding { get; set; }

    /// <summary>What statuses mean that are not a success: Null, Retry, End or Fail.</summary>
    [Parameter]
    [ValidateNotNull]
    public IDictionary StatusAction { get; set; } = new Hashtable();

    /// <summary>Members of a good answer that say that the service failed. Default: errors beside data.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[]? ErrorPath { get; set; }

    /// <summary>Headers of every request to the service.</summary>
    [Parameter]
    [ValidateNotNull]
    public IDictionary Headers { get; set; } = new Hashtable();

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

    /// <summary>Where the client's id and secret stand in the request for a token. Default Header.</summary>
    [Parameter]
    public EtlApiClientAuthentication ClientAuthentication { get; set; }

    /// <summary>Further members of the request for a token, such as audience or resource.</summary>
    [Parameter]
    [ValidateNotNull]
    public IDictionary? TokenParameter { get; set; }

    /// <summary>A token to get access tokens with, at -TokenUri.</summary>
    [Parameter]
    [ValidateNotNull]
    public SecureString? RefreshToken { get; set; }

    /// <summary>Gives a token: a text, a secure text, or an object with access_token. Called again when the service refuses the one before.</summary>
    [Parameter]
    [ValidateNotNull]
    public ScriptBlock? TokenScript { get; set; }

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
}
