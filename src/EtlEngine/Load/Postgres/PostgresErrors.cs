using System.Data.Common;
using System.Net.Sockets;
using System.Security.Authentication;
using EtlTools.Engine.Records;
using Npgsql;

namespace EtlTools.Engine.Load.Postgres;

/// <summary>
/// Sorts PostgreSQL's SQLSTATEs (https://www.postgresql.org/docs/15/errcodes-appendix.html) into the row's fault, the passing
/// and the fatal, and words them. The server's own text of a data error quotes the row, and is never used.
/// </summary>
internal static class PostgresErrors
{
    /// <summary>How the driver's message begins where the server wants a password and nobody gave one; it has no code for it.</summary>
    private const string NoPassword = "No password has been provided";

    /// <summary>Why the row was refused, or null when it was not the row's fault.</summary>
    public static RowFault? ToRowFault(DbException error, PostgresTable table)
    {
        if (error is not PostgresException e)
            return null;
        string? column = e.ColumnName ?? (e.ConstraintName is { } constraint ? table.ColumnOfConstraint.GetValueOrDefault(constraint) : null);
        string named = e.ConstraintName is null ? "" : $" ({e.ConstraintName})";
        return e.SqlState switch
        {
            PostgresErrorCodes.NotNullViolation => new RowFault(
                ErrorCodes.NotNullViolation, column is null ? "A column that takes no null has none." : $"The column '{column}' takes no null.", column),
            PostgresErrorCodes.UniqueViolation or PostgresErrorCodes.ExclusionViolation => new RowFault(
                ErrorCodes.UniqueViolation, $"Another row has the value in a unique column{named}.", column),
            PostgresErrorCodes.ForeignKeyViolation or PostgresErrorCodes.RestrictViolation => ForeignKey(e.ConstraintName, column),
            PostgresErrorCodes.CheckViolation when e.ConstraintName is null => new RowFault(
                ErrorCodes.CheckViolation, "The table has no partition for the row."),
            PostgresErrorCodes.CheckViolation => new RowFault(ErrorCodes.CheckViolation, $"A check constraint refused the row{named}.", column),
            PostgresErrorCodes.StringDataRightTruncation => new RowFault(ErrorCodes.TargetTypeMismatch, "A text is too long for its column.", column),
            _ => e.SqlState[..2] switch
            {
                "22" => new RowFault(ErrorCodes.TargetTypeMismatch, $"A value is not of the type of its column (SQLSTATE {e.SqlState}).", column),
                "23" or "44" => Rejected("A constraint refused the row", e),
                "P0" or "38" or "39" or "09" => Rejected("A trigger or function of the table refused the row", e),
                "54" => Rejected("The row or a value of it is larger than PostgreSQL's limit", e),
                _ => null,
            },
        };
    }

    public static RowFault ForeignKey(string? constraint, string? column) => new(
        ErrorCodes.ForeignKeyViolation, $"The row that a foreign key names does not exist{(constraint is null ? "" : $" ({constraint})")}.", column);

    /// <summary>The exception for an error that is no row's fault.</summary>
    public static Exception ToException(DbException error, PostgresSource source) => error switch
    {
        PostgresException e => FromState(e, source),
        NpgsqlException { InnerException: TimeoutException } => new TransientTargetException($"The database {source.Name} did not answer in time (-CommandTimeoutSec)"),
        _ => new TransientTargetException($"The connection to the database {source.Name} was lost"),
    };

    /// <summary>The exception for an error in the first connecting, where what is wrong is most likely the call.</summary>
    public static Exception ToOpeningException(DbException error, PostgresSource source)
    {
        if (error is PostgresException e)
            return FromState(e, source);
        return error.GetBaseException() switch
        {
            SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain } => Unreachable(
                source, "its host name is not known"),
            SocketException socket => Unreachable(source, $"the server does not answer ({socket.SocketErrorCode})"),
            TimeoutException => Unreachable(source, "the server does not answer in time"),
            AuthenticationException => new EtlException(
                FailureCodes.TargetUnavailable, FailureKind.InvalidCall,
                $"The database {source.Name} cannot be reached over TLS: its certificate is not trusted, or it offers none. Look at 'SSL Mode' and 'Root Certificate' in -ConnectionString."),
            NpgsqlException driver when driver.Message.StartsWith(NoPassword, StringComparison.Ordinal) => new EtlException(
                FailureCodes.AccessDenied, FailureKind.PermissionDenied,
                $"No password was given for the user of the database {source.Name}. Use -Credential, Password in -ConnectionString, PGPASSWORD or ~/.pgpass."),
            _ => Unreachable(source, "the connection broke"),
        };
    }

    private static Exception FromState(PostgresException e, PostgresSource source)
    {
        switch (e.SqlState)
        {
            case PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.LockNotAvailable:
                return new TransientTargetException($"The database {source.Name} could not give a lock (SQLSTATE {e.SqlState})") { IsContention = true };
            case PostgresErrorCodes.QueryCanceled:
                return new TransientTargetException($"A statement on {source.Name} took too long (-CommandTimeoutSec, or the server's statement_timeout)");
            case PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification:
                return new EtlException(
                    FailureCodes.AccessDenied, FailureKind.PermissionDenied,
                    $"The database {source.Name} refused the user or the password. Check -Credential, or Username and Password in -ConnectionString.");
            case PostgresErrorCodes.InvalidCatalogName:
                return new EtlException(
                    FailureCodes.TargetUnavailable, FailureKind.NotFound, $"The server has no database of the name in {source.Name}. Check -Database, or Database in -ConnectionString.");
            case PostgresErrorCodes.InsufficientPrivilege:
                return new EtlException(
                    FailureCodes.AccessDenied, FailureKind.PermissionDenied,
                    $"The user may not do this in {source.Name}: {e.MessageText}. Connect as another one (-Credential), or have the right granted.");
            case PostgresErrorCodes.ReadOnlySqlTransaction:
                return ReadOnly(source);
        }
        string kind = e.SqlState[..2];
        if (kind is "08" or "53" or "57" or "58" or "40" || e.SqlState == "25P03")
            return new TransientTargetException($"The database {source.Name} is not available (SQLSTATE {e.SqlState})");
        // Texts of these classes may quote data; others name objects only.
        string text = kind is "22" or "23" or "P0" or "38" or "39" ? "" : $": {e.MessageText}";
        return new EtlException(
            FailureCodes.StatementFailed, FailureKind.InvalidData,
            $"The database {source.Name} refused a statement (SQLSTATE {e.SqlState}){text}. Nothing of the open batch was loaded.");
    }

    /// <summary>Why the server does not do to a table what it was told; null for another kind of error. Its words are kept where
    /// they name objects only: an event trigger may say anything.</summary>
    public static string? Refusal(PostgresException e) => e.SqlState[..2] switch
    {
        "0A" or "2B" or "42" => $"{e.MessageText} (SQLSTATE {e.SqlState})",
        "P0" => $"a trigger refused it (SQLSTATE {e.SqlState})",
        _ => null,
    };

    public static EtlException ReadOnly(PostgresSource source) => new(
        FailureCodes.ReadOnlyTarget, FailureKind.PermissionDenied,
        $"The database {source.Name} may only be read, as a standby server or by its settings. Connect to the primary server (-ServerInstance, or Host in -ConnectionString).");

    private static EtlException Unreachable(PostgresSource source, string why) => new(
        FailureCodes.TargetUnavailable, FailureKind.Unavailable,
        $"The database {source.Name} cannot be reached: {why}. Check -ServerInstance, or Host and Port in -ConnectionString.");

    private static RowFault Rejected(string what, PostgresException e) => new(ErrorCodes.RowRejected, $"{what} (SQLSTATE {e.SqlState}).");
}
