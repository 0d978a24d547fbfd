using System.Runtime.InteropServices;
using System.Security;
using Microsoft.Data.SqlClient;

namespace EtlTools.Engine.Load.SqlServer;

/// <summary>The login: -AccessToken, -Credential, the connection string, or the user of this process.</summary>
/// <param name="Credential">User and password outside the connection string.</param>
/// <param name="AccessToken">A token.</param>
internal sealed record SqlServerLogin(SqlCredential? Credential, string? AccessToken)
{
    /// <summary>The longest user name and password that the driver accepts.</summary>
    private const int MaxLength = 128;

    /// <exception cref="EtlException">Two logins are given, or one that is not supported here.</exception>
    public static SqlServerLogin Of(SqlConnectionStringBuilder builder, TargetOptions options)
    {
        bool hasUser = builder.UserID.Length > 0 || builder.Password.Length > 0;
        // https://learn.microsoft.com/sql/connect/ado-net/sql/azure-active-directory-authentication: from version 7 on these need
        // Microsoft.Data.SqlClient.Extensions.Azure, which the module does not bring.
        if (builder.Authentication is not (SqlAuthenticationMethod.NotSpecified or SqlAuthenticationMethod.SqlPassword))
            throw SqlServerAddress.Invalid(
                "-ConnectionString logs in with Microsoft Entra ID (Authentication=Active Directory…), for which this module lacks Azure's libraries. "
                + "Leave Authentication, user and password out, and give a token: -AccessToken (Get-AzAccessToken -ResourceUrl https://database.windows.net -AsSecureString).Token.");
        int longest = options.Credential is { } given
            ? Math.Max(given.UserName.Length, given.SecurePassword.Length)
            : Math.Max(builder.UserID.Length, builder.Password.Length);
        if (longest > MaxLength)
            throw SqlServerAddress.Invalid($"The user or the password has more than {MaxLength} characters, which is the most that SQL Server takes. If it is a token of Microsoft Entra ID, use -AccessToken.");
        if (options.Specific is SqlServerOptions { AccessToken: { } token })
        {
            if (options.Credential is not null || hasUser || builder.IntegratedSecurity || builder.Authentication != SqlAuthenticationMethod.NotSpecified)
                throw SqlServerAddress.Invalid("-AccessToken logs in by itself: leave out -Credential, and user, password, Authentication and Integrated Security in -ConnectionString.");
            return new SqlServerLogin(null, Reveal(token));
        }
        if (options.Credential is { } credential)
        {
            if (hasUser || builder.IntegratedSecurity)
                throw SqlServerAddress.Invalid("-Credential and -ConnectionString both say who logs in. Leave one out.");
            SecureString password = credential.SecurePassword.Copy();
            password.MakeReadOnly();
            return new SqlServerLogin(new SqlCredential(credential.UserName, password), null);
        }
        if (!hasUser && builder.Authentication == SqlAuthenticationMethod.NotSpecified)
            builder.IntegratedSecurity = true;
        return new SqlServerLogin(null, null);
    }

    private static string Reveal(SecureString secret)
    {
        nint text = Marshal.SecureStringToGlobalAllocUnicode(secret);
        try
        {
            return Marshal.PtrToStringUni(text)!;
        }
        finally
        {
            Marshal.ZeroFreeGlobalAllocUnicode(text);
        }
    }
}
