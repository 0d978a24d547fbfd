using System.Collections;
using System.Management.Automation;
using System.Security;
using EtlTools.Cmdlets.Arguments;
using EtlTools.Engine.Extract.Api;
using EtlTools.Engine.Resilience;

namespace EtlTools.Cmdlets;

/// <content>A file behind an address, and how it is reached.</content>
public sealed partial class ImportEtlCsvCommand : IWebFileArguments
{
    /// <summary>The file's address.</summary>
    [Parameter(Mandatory = true, ParameterSetName = UriSet, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string? Uri { get; set; }

    /// <summary>Headers of every request to the file's host.</summary>
    [Parameter(ParameterSetName = UriSet)]
    [ValidateNotNull]
    public IDictionary Headers { get; set; } = new Hashtable();

    /// <summary>How the host is told who calls. Default None.</summary>
    [Parameter(ParameterSetName = UriSet)]
    public EtlApiAuthentication Authentication { get; set; }

    /// <summary>The token for -Authentication Bearer and OAuth.</summary>
    [Parameter(ParameterSetName = UriSet)]
    [ValidateNotNull]
    public SecureString? Token { get; set; }

    /// <summary>Name and password: for Basic, or for the host's challenge.</summary>
    [Parameter(ParameterSetName = UriSet)]
    [Credential]
    [ValidateNotNull]
    public PSCredential? Credential { get; set; }

    /// <summary>Lets credentials go over plain HTTP.</summary>
    [Parameter(ParameterSetName = UriSet)]
    public SwitchParameter AllowUnencryptedAuthentication { get; set; }

    /// <summary>Follows redirects to other hosts, without credentials and headers.</summary>
    [Parameter(ParameterSetName = UriSet)]
    public SwitchParameter AllowCrossHost { get; set; }

    /// <summary>The proxy. Default: the system's.</summary>
    [Parameter(ParameterSetName = UriSet)]
    [ValidateNotNull]
    public Uri? Proxy { get; set; }

    /// <summary>Name and password for the proxy.</summary>
    [Parameter(ParameterSetName = UriSet)]
    [Credential]
    [ValidateNotNull]
    public PSCredential? ProxyCredential { get; set; }

    /// <summary>Takes any certificate of the host.</summary>
    [Parameter(ParameterSetName = UriSet)]
    public SwitchParameter SkipCertificateCheck { get; set; }

    /// <summary>The longest file, in bytes as they arrive; 0, the default, for any length.</summary>
    [Parameter(ParameterSetName = UriSet)]
    [ValidateRange(0, long.MaxValue)]
    public long MaxBodyBytes { get; set; }

    /// <summary>Seconds for the host to answer with its headers; 0 for no limit. Default 100.</summary>
    [Parameter(ParameterSetName = UriSet)]
    [Alias("TimeoutSec")]
    [ValidateRange(0, int.MaxValue)]
    public int ConnectionTimeoutSeconds { get; set; } = (int)ApiConnection.DefaultTimeout.TotalSeconds;

    /// <summary>Seconds for which the host may be silent in the middle of the file; 0 for no limit. Default 100.</summary>
    [Parameter(ParameterSetName = UriSet)]
    [ValidateRange(0, int.MaxValue)]
    public int OperationTimeoutSeconds { get; set; } = (int)ApiConnection.DefaultTimeout.TotalSeconds;

    /// <summary>Seconds that an outage may last. Default 120.</summary>
    [Parameter(ParameterSetName = UriSet)]
    [ValidateRange(0, 86400)]
    public double OutageBudgetSec { get; set; } = ApiCallOptions.DefaultOutageBudget.TotalSeconds;

    /// <summary>Failures in a row that open the host's breaker. Default 5.</summary>
    [Parameter(ParameterSetName = UriSet)]
    [ValidateRange(1, int.MaxValue)]
    public int BreakerThreshold { get; set; } = BreakerOptions.DefaultThreshold;

    /// <summary>Seconds for which an open breaker lets no call through. Default 30.</summary>
    [Parameter(ParameterSetName = UriSet)]
    [ValidateRange(0, 86400)]
    public double BreakerCooldownSec { get; set; } = BreakerOptions.DefaultCooldown.TotalSeconds;
}
