using System.Collections;
using System.Management.Automation;
using System.Security;

namespace EtlTools.Cmdlets.Arguments;

/// <summary>The parameters of a command that reads a file behind an address.</summary>
internal interface IWebFileArguments
{
    IDictionary Headers { get; }

    EtlApiAuthentication Authentication { get; }

    SecureString? Token { get; }

    PSCredential? Credential { get; }

    SwitchParameter AllowUnencryptedAuthentication { get; }

    SwitchParameter AllowCrossHost { get; }

    Uri? Proxy { get; }

    PSCredential? ProxyCredential { get; }

    SwitchParameter SkipCertificateCheck { get; }

    long MaxBodyBytes { get; }

    int ConnectionTimeoutSeconds { get; }

    int OperationTimeoutSeconds { get; }

    double OutageBudgetSec { get; }

    int BreakerThreshold { get; }

    double BreakerCooldownSec { get; }
}
