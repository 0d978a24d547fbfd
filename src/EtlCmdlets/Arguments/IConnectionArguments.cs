using System.Management.Automation;
using System.Security;

namespace EtlTools.Cmdlets.Arguments;

/// <summary>The parameters by which a command connects to a database.</summary>
internal interface IConnectionArguments
{
    string Provider { get; }

    string ConnectionString { get; }

    string? SqlitePath { get; }

    string? ServerInstance { get; }

    string? SqlInstance { get; }

    string? Database { get; }

    PSCredential? Credential { get; }

    PSCredential? SqlCredential { get; }

    string? Encrypt { get; }

    SwitchParameter TrustServerCertificate { get; }

    SecureString? AccessToken { get; }
}
