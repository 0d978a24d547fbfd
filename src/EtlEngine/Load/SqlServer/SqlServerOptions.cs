using System.Security;

namespace EtlTools.Engine.Load;

/// <summary>How the connection to SQL Server is encrypted.</summary>
internal enum SqlServerEncrypt
{
    /// <summary>Only if the server requires it.</summary>
    Optional,

    /// <summary>Always; otherwise there is no connection.</summary>
    Mandatory,

    /// <summary>From the first byte (TDS 8.0: SQL Server 2022 and Azure SQL), with a trusted certificate.</summary>
    Strict,
}

/// <summary>Options that only SQL Server has.</summary>
internal sealed record SqlServerOptions : ProviderOptions
{
    /// <summary>Whether -SqlInstance names the server, which means SQL Server. Default false.</summary>
    public bool HasSqlInstance { get; init; }

    /// <summary>Whether -SqlCredential is the login. Default false.</summary>
    public bool HasSqlCredential { get; init; }

    /// <summary>How the connection is encrypted; null for the setting of the connection string, or else Mandatory.</summary>
    public SqlServerEncrypt? Encrypt { get; init; }

    /// <summary>Whether the server's certificate is accepted unchecked: the traffic is then encrypted, but nothing proves that it goes to
    /// the right server. Default false.</summary>
    public bool TrustServerCertificate { get; init; }

    /// <summary>A Microsoft Entra ID token to log in with; null, the default, for none.</summary>
    public SecureString? AccessToken { get; init; }

    /// <summary>Whether rows are written by one MERGE instead of UPDATE and INSERT. Default false.</summary>
    public bool UseMerge { get; init; }

    /// <summary>Whether a new row keeps its value of the identity column, which is otherwise left out. Default false.</summary>
    public bool KeepIdentity { get; init; }

    /// <inheritdoc/>
    public override string Provider => SqlServer.SqlServerDialect.ProviderName;

    /// <inheritdoc/>
    public override string Instead => HasSqlInstance ? "Name the server with -ServerInstance." : HasSqlCredential ? "Use -Credential." : base.Instead;

    /// <inheritdoc/>
    public override IReadOnlyList<string> InUse
    {
        get
        {
            var names = new List<string>();
            if (HasSqlInstance)
                names.Add("-SqlInstance");
            if (HasSqlCredential)
                names.Add("-SqlCredential");
            if (Encrypt is not null)
                names.Add("-Encrypt");
            if (TrustServerCertificate)
                names.Add("-TrustServerCertificate");
            if (AccessToken is not null)
                names.Add("-AccessToken");
            if (UseMerge)
                names.Add("-UseMerge");
            if (KeepIdentity)
                names.Add("-KeepIdentity");
            return names;
        }
    }
}
