using System.Collections.Frozen;
using System.Globalization;
using System.Security.Authentication;
using Microsoft.Data.SqlClient;

namespace EtlTools.Engine.Load.SqlServer;

/// <summary>Words the errors that are not about a row. The server's text may quote values and is never used, and its exception is not
/// passed on.</summary>
internal static class SqlServerFailures
{
    private const int LoginFailed = 18456;

    /// <summary>The errors by which the server refuses a login.</summary>
    private static readonly FrozenSet<int> Refused = FrozenSet.Create(LoginFailed, 18452, 18470, 18486, 18487, 18488, 4064, 40532, 40607, 40615, 916, 47073);

    /// <summary>The errors of missing rights.</summary>
    private static readonly FrozenSet<int> Rights = FrozenSet.Create(229, 230, 262, 297, 300, 2760, 15151);

    /// <summary>A <see cref="TransientTargetException"/>, or the <see cref="EtlException"/> that ends the run.</summary>
    /// <param name="error">The error.</param>
    /// <param name="connector">The server.</param>
    /// <param name="isSlow">Whether the server has ended a slow statement when it was told to, and answers.</param>
    public static Exception ToException(SqlException error, SqlServerConnector connector, bool isSlow = false)
    {
        SqlServerErrorKind kind = SqlServerErrors.KindOf(error, out SqlError? cause);
        int number = cause?.Number ?? error.Number;
        bool isFirst = !connector.HasConnected;
        if (isFirst && IsUntrusted(error))
            return Untrusted(connector);
        if (isFirst && connector.IsIntegrated && IsNoTicket(error))
            return NoTicket(connector);
        if (kind == SqlServerErrorKind.Fatal && Refused.Contains(number))
            return new EtlException(
                FailureCodes.AccessDenied, FailureKind.PermissionDenied,
                With(number, $"The server '{connector.Name}' refused the login") + (connector.HasToken && number == LoginFailed
                    ? ". -AccessToken has expired, as it does after about an hour, is for another resource than https://database.windows.net, or its user has no access to the database. Get a new one and run it again."
                    : ". Check -Credential, or user and password in -ConnectionString, and the rights of this login on the database."));
        return kind switch
        {
            SqlServerErrorKind.Busy when number != SqlServerTransientErrors.Timeout => Transient($"The server '{connector.Name}' is busy", number, isContention: SqlServerTransientErrors.IsContention(number)),
            SqlServerErrorKind.Busy when isFirst => NotReached(connector, number),
            SqlServerErrorKind.Busy => new TransientTargetException(With(number, $"The server '{connector.Name}' did not answer in time")) { IsTimeout = true, IsSlow = isSlow },
            SqlServerErrorKind.Outage => Transient($"The database '{connector.Name}' is not available at the moment", number),
            SqlServerErrorKind.Unreachable when isFirst => NotReached(connector, number),
            SqlServerErrorKind.Unreachable => Transient($"The connection to '{connector.Name}' was lost", number),
            _ => Fatal(connector, number),
        };
    }

    /// <summary>A connection that was lost without a server error.</summary>
    public static TransientTargetException Broken(SqlServerConnector connector) => new($"The connection to '{connector.Name}' was lost");

    /// <summary>The driver did not accept a row; its text would quote the row.</summary>
    public static EtlException NotSent(SqlServerConnector connector) => new(
        FailureCodes.StatementFailed, FailureKind.InvalidData, $"The driver could not send the rows of a batch to '{connector.Name}'. Nothing of the open batch was loaded.");

    /// <summary>Whether an exception is <see cref="NotSent"/>.</summary>
    public static bool IsNotSent(EtlException e) => e.Kind == FailureKind.InvalidData;

    /// <summary>The driver failed, whatever the rows.</summary>
    public static EtlException NotWorked(SqlServerConnector connector) => new(
        FailureCodes.StatementFailed, FailureKind.InvalidCall,
        $"The driver could not send rows to '{connector.Name}', whatever their values: the table may have been changed since its columns were read. Nothing of the open batch was loaded. Run it again.");

    /// <summary>Why the server refuses a change of a table; null for another kind of error.</summary>
    public static string? Refusal(SqlException error) =>
        SqlServerErrors.KindOf(error, out SqlError? cause) is SqlServerErrorKind.Fatal or SqlServerErrorKind.Data && cause is not null ? With(cause.Number, SqlServerMeanings.Of(cause.Number) ?? "the server refused it") : null;

    private static TransientTargetException Transient(string what, int number, bool isContention = false) => new(With(number, what)) { IsContention = isContention };

    private static Exception NotReached(SqlServerConnector connector, int number)
    {
        // The driver's error for a server without encryption.
        const int noEncryption = 20, noDatabase = 4060;
        return number switch
        {
            noDatabase => new EtlException(
                FailureCodes.DatabaseNotFound, FailureKind.NotFound,
                With(number, $"The server does not open the database '{connector.Name}'. Check -Database, or Initial Catalog in -ConnectionString, and that this login may use it") + "."),
            noEncryption => new EtlException(
                FailureCodes.TargetUnavailable, FailureKind.InvalidCall,
                $"The server '{connector.Name}' offers no encryption. Give it a certificate, or use -Encrypt Optional in a network where nobody can listen."),
            _ => new TransientTargetException(With(number, $"The server '{connector.Name}' cannot be reached"))
            {
                HowToReach = "Check its name, instance and port in -ServerInstance or -ConnectionString, that it runs, and that it accepts TCP connections.",
            },
        };
    }

    private static EtlException Untrusted(SqlServerConnector connector) => new(
        FailureCodes.TargetUnavailable, FailureKind.InvalidCall,
        $"The certificate of '{connector.Name}' is not trusted. Give the server a certificate that this machine trusts, or connect by the name in the certificate. "
        + "-TrustServerCertificate accepts it unchecked: the connection is then encrypted, but nothing proves that it leads to the right server.");

    private static EtlException NoTicket(SqlServerConnector connector) => new(
        FailureCodes.AccessDenied, FailureKind.PermissionDenied,
        $"The user of this process could not be authenticated at '{connector.Name}': there is no Kerberos ticket, or the server's name has no SPN. "
        + "Log in with -Credential or -AccessToken, or get a ticket (kinit; klist shows it) and name the server as its SPN does.");

    private static EtlException Fatal(SqlServerConnector connector, int number)
    {
        return new EtlException(
            FailureCodes.StatementFailed, Rights.Contains(number) ? FailureKind.PermissionDenied : FailureKind.InvalidData,
            With(number, $"'{connector.Name}' refused a statement{(SqlServerMeanings.Of(number) is { } meaning ? $": {meaning}" : "")}") + ". Nothing of the open batch was loaded.");
    }

    // The driver gives no number; the abbreviation is the same in every language.
    private static bool IsNoTicket(SqlException error) =>
        error.Errors.Cast<SqlError>().Any(item => item.Number == 0 && item.Message.Contains("SSPI", StringComparison.Ordinal));

    private static bool IsUntrusted(Exception? error)
    {
        // SEC_E_UNTRUSTED_ROOT and SEC_E_WRONG_PRINCIPAL, as reported by the driver on Windows.
        const int untrustedRoot = -2146893019, wrongPrincipal = -2146893022;
        for (; error is not null; error = error.InnerException)
        {
            if (error is AuthenticationException or SqlException { Number: untrustedRoot or wrongPrincipal })
                return true;
        }
        return false;
    }

    /// <summary>The number is the server's, or the driver's own.</summary>
    private static string With(int number, string what) =>
        number == 0 ? what : string.Create(CultureInfo.InvariantCulture, $"{what} (SQL Server error {number})");
}
