using System.Management.Automation;
using System.Net;
using System.Security;
using EtlTools.Engine.Load;

namespace EtlTools.Cmdlets.Arguments;

/// <summary>Reads the parameters by which a database is connected to.</summary>
internal static class ConnectionArguments
{
    /// <summary>User and password as they were given: Azure's logins have an @ in them, which is no domain's.</summary>
    public static NetworkCredential? Credential(PSCredential? argument) =>
        argument is null ? null : new NetworkCredential(argument.UserName.TrimStart('\\'), argument.Password);

    /// <summary>What only SQL Server has.</summary>
    public static SqlServerOptions SqlServer(string? encrypt, bool trustServerCertificate, SecureString? accessToken) => new()
    {
        Encrypt = encrypt is null ? null : Enum.Parse<SqlServerEncrypt>(encrypt, ignoreCase: true),
        TrustServerCertificate = trustServerCertificate,
        AccessToken = accessToken,
    };
}
