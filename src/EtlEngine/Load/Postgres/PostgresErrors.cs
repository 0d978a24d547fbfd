using System.Collections.Frozen;
using System.Data.Common;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text.RegularExpressions;
using EtlTools.Engine.Records;
using Npgsql;

namespace EtlTools.Engine.Load.Postgres;

/// <summary>
/// Classifies PostgreSQL's SQLSTATEs (https://www.postgresql.org/docs/15/errcodes-appendix.html) as errors of the row, transient errors and
/// fatal errors, and words them. A trigger or function may raise any of them, with any text and any names. So the server's text is used
/// only for a right that a statement lacks even without rows, and its names only if the table is known to have them.
/// </summary>
internal static partial class PostgresErrors
{
    /// <summary>sequence_generator_limit_exceeded, which the driver does not name.</summary>
    private const string SequenceLimit = "2200H";

    /// <summary>The beginning of the driver's message if the server requires a password and none was given; there is no code for
    /// it.</summary>
    private const string NoPassword = "No password has been provided";

    /// <summary>The beginning of the driver's message if the call requires TLS and the server has none; there is no code for it
    /// either.</summary>
    private const string NoTls = "SSL connection requested";

    /// <summary>The beginning of PgBouncer's messages; it has a single code for all of them.</summary>
    private const string PoolerIsFull = "no more connections allowed";

    private const string PoolerIsBusy = "query_wait_timeout";

    private const string PoolerRefusesParameter = "unsupported startup parameter";

    /// <summary>The source routine that the server reports for RAISE.</summary>
    private const string Raise = "exec_stmt_raise";

    private const string HowToReach = "Check -ServerInstance, or Host and Port in -ConnectionString, and that the server runs.";

    /// <summary>The classes of the server's own SQLSTATEs.</summary>
    private static readonly FrozenSet<string> Classes = FrozenSet.Create(
        "00", "01", "02", "03", "08", "09", "0A", "0B", "0F", "0L", "0P", "0Z", "10", "20", "21", "22", "23", "24", "25", "26", "27", "28", "2B", "2D",
        "2F", "34", "38", "39", "3B", "3D", "3F", "40", "42", "44", "53", "54", "55", "57", "58", "72", "F0", "HV", "P0", "XX");

    /// <summary>Why the row was refused, or null if the row is not the cause.</summary>
    public static RowFault? ToRowFault(DbException error, PostgresTable table)
    {
        if (error is not PostgresException e)
            return null;
        string? constraint = e.ConstraintName is { } name && table.ColumnOfConstraint.ContainsKey(name) ? name : null;
        string? column = table.Columns.FirstOrDefault(known => known.Name == e.ColumnName)?.Name ?? (constraint is null ? null : table.ColumnOfConstraint[constraint]);
        string named = constraint is null ? "" : $" ({constraint})";
        // RAISE in PL/pgSQL may use any SQLSTATE, including those of server failures; a lock that is requested again may succeed.
        if (e.Routine == Raise && e.SqlState[..2] is "08" or "25" or "53" or "57" or "58")
            return Raised(e);
        return e.SqlState switch
        {
            PostgresErrorCodes.NotNullViolation => new RowFault(
                ErrorCodes.NotNullViolation, column is null ? "A column that does not allow null has no value." : $"The column '{column}' does not allow null.", column),
            PostgresErrorCodes.UniqueViolation or PostgresErrorCodes.ExclusionViolation => new RowFault(
                ErrorCodes.UniqueViolation, $"Another row already has this value in a unique column{named}.", column),
            PostgresErrorCodes.ForeignKeyViolation or PostgresErrorCodes.RestrictViolation => ForeignKey(constraint, column),
            PostgresErrorCodes.CheckViolation when e.ConstraintName is null && table.IsPartitioned => new RowFault(
                ErrorCodes.CheckViolation, "The table has no partition for the row."),
            PostgresErrorCodes.CheckViolation => new RowFault(ErrorCodes.CheckViolation, $"A check constraint refused the row{named}.", column),
            PostgresErrorCodes.StringDataRightTruncation => new RowFault(ErrorCodes.TargetTypeMismatch, "A text is too long for its column.", column),
            SequenceLimit => Rejected("A sequence of the table has no number left", e),
            PostgresErrorCodes.DivisionByZero => Rejected("An expression or trigger of the table divides by zero", e),
            _ => e.SqlState[..2] switch
            {
                "22" => new RowFault(ErrorCodes.TargetTypeMismatch, $"A value does not fit the type of its column (SQLSTATE {e.SqlState}).", column),
                "23" or "44" => Rejected("A constraint refused the row", e),
                "P0" or "38" or "39" or "09" => Rejected("A trigger or function of the table refused the row", e),
                "54" => Rejected("The row or a value of it is larger than PostgreSQL's limit", e),
                // The server has no such class, so a trigger or function raised its own error.
                string own when !Classes.Contains(own) => Rejected("A trigger or function of the table refused the row", e),
                _ => null,
            },
        };
    }

    /// <summary>Whether a trigger or function reported that it waits for others, which may be temporary, or always so for this
    /// row.</summary>
    public static bool IsRaisedContention(DbException error) =>
        error is PostgresException { Routine: Raise } e && (e.SqlState[..2] == "40" || e.SqlState == PostgresErrorCodes.LockNotAvailable);

    /// <summary>The fault of a row that a trigger or function refused.</summary>
    public static RowFault Raised(DbException error) => Rejected("A trigger or function of the table refused the row", (PostgresException)error);

    /// <summary>The fault of a row that alone takes longer than a statement may.</summary>
    public static RowFault Slow { get; } = new(
        ErrorCodes.RowRejected,
        "The row alone took longer than a statement may take (-CommandTimeoutSec, or the server's statement_timeout), and did not wait for a lock: a trigger, function or index of the table is that slow for it.");

    /// <summary>The fault of a row that made a statement fail which works without rows.</summary>
    public static RowFault? ToUnknownRowFault(DbException error) => error is not PostgresException e ? null
        : e.SqlState == PostgresErrorCodes.InsufficientPrivilege
            ? Rejected("A row-level security policy refused the row, or the user lacks a right that a trigger, function or default value of the table needs", e)
            : Rejected("The row was refused by a trigger or function of the table, or a value by the type of its column", e);

    public static RowFault ForeignKey(string? constraint, string? column) => new(
        ErrorCodes.ForeignKeyViolation, $"The row that a foreign key refers to does not exist{(constraint is null ? "" : $" ({constraint})")}.", column);

    /// <summary>The exception for an error that is not about a row.</summary>
    /// <param name="error">The error.</param>
    /// <param name="source">The database.</param>
    /// <param name="isAlive">Whether the connection is known to be usable: the server ended the slow statement when it was told to.</param>
    public static Exception ToException(DbException error, PostgresSource source, bool isAlive = false) => error switch
    {
        PostgresException e => FromState(e, source),
        NpgsqlException { InnerException: TimeoutException } => new TransientTargetException($"The database {source.Name} did not answer in time (-CommandTimeoutSec)") { IsTimeout = true, IsSlow = isAlive },
        _ => new TransientTargetException($"The connection to the database {source.Name} was lost"),
    };

    /// <summary>The exception for an error of a load, at whose beginning the database accepted writes.</summary>
    public static Exception ToLoadException(DbException error, PostgresSource source, bool isAlive = false) =>
        error is PostgresException { SqlState: PostgresErrorCodes.ReadOnlySqlTransaction }
            ? new TransientTargetException($"The database {source.Name} has become read-only, as in a failover")
            : ToException(error, source, isAlive);

    /// <summary>The exception for an error of the first connection, where the call is most likely wrong.</summary>
    public static Exception ToOpeningException(DbException error, PostgresSource source)
    {
        if (error is PostgresException e)
            return FromState(e, source);
        return error.GetBaseException() switch
        {
            SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData } => new EtlException(
                FailureCodes.HostNotFound, FailureKind.NotFound,
                $"The database {source.Name} cannot be reached: its host name is not known. {HowToReach}"),
            SocketException socket => Unreachable(source, $"the server does not answer ({socket.SocketErrorCode})"),
            TimeoutException => Unreachable(source, "the server does not answer in time"),
            AuthenticationException => new EtlException(
                FailureCodes.TargetUnavailable, FailureKind.InvalidCall,
                $"The database {source.Name} cannot be reached over TLS: its certificate is not trusted, or it offers none. Check 'SSL Mode' and 'Root Certificate' in -ConnectionString."),
            NpgsqlException driver when driver.Message.StartsWith(NoPassword, StringComparison.Ordinal) => new EtlException(
                FailureCodes.AccessDenied, FailureKind.PermissionDenied,
                $"No password was given for the user of the database {source.Name}. Use -Credential, Password in -ConnectionString, PGPASSWORD or ~/.pgpass."),
            NpgsqlException driver when driver.Message.StartsWith(NoTls, StringComparison.Ordinal) => new EtlException(
                FailureCodes.TargetUnavailable, FailureKind.InvalidCall,
                $"The database {source.Name} cannot be reached over TLS: the server answers, but has TLS turned off. Have it turned on there (ssl = on), or do not require it with 'SSL Mode' (sslmode) in -ConnectionString."),
            _ => Unreachable(source, "the connection broke"),
        };
    }

    private static Exception FromState(PostgresException e, PostgresSource source)
    {
        if (IsMadeByAnother(e))
            return new TransientTargetException($"Another session has just created what the load was about to create in {source.Name} (SQLSTATE {e.SqlState})") { IsContention = true };
        switch (e.SqlState)
        {
            case PostgresErrorCodes.TooManyConnections:
            case PostgresErrorCodes.ProtocolViolation when e.MessageText.StartsWith(PoolerIsFull, StringComparison.Ordinal):
                return new TransientTargetException(
                    $"The database {source.Name} accepts no more connections: a limit of the server, of the user or of a pooler is reached (SQLSTATE {e.SqlState}; -ThrottleLimit says how many writers the load has)")
                { IsConnectionLimit = true };
            case PostgresErrorCodes.ProtocolViolation when e.MessageText.StartsWith(PoolerIsBusy, StringComparison.Ordinal):
                return new TransientTargetException($"The pooler at {source.Name} had no free session of the server in time (query_wait_timeout): its pool is too small for its clients");
            case PostgresErrorCodes.ProtocolViolation when e.MessageText.StartsWith(PoolerRefusesParameter, StringComparison.Ordinal):
                return new EtlException(
                    FailureCodes.InvalidConnectionString, FailureKind.InvalidCall,
                    $"The pooler at {source.Name} refuses a parameter of -ConnectionString, such as 'Search Path', 'Timezone' or 'Options'. Leave it out, and name the schema in -Table (schema.table), or connect to the server behind the pooler.");
            case PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.LockNotAvailable:
                return new TransientTargetException($"The database {source.Name} could not give a lock (SQLSTATE {e.SqlState})")
                { IsContention = true, IsDeadlock = e.SqlState != PostgresErrorCodes.LockNotAvailable };
            case PostgresErrorCodes.QueryCanceled:
                return new TransientTargetException($"A statement on {source.Name} took too long (-CommandTimeoutSec, or the server's statement_timeout)") { IsTimeout = true, IsSlow = true };
            case PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification:
                return new EtlException(
                    FailureCodes.AccessDenied, FailureKind.PermissionDenied,
                    $"The database {source.Name} refused the user or the password. Check -Credential, or Username and Password in -ConnectionString, or PGUSER and PGPASSWORD in the environment.");
            case PostgresErrorCodes.InvalidCatalogName:
                return new EtlException(
                    FailureCodes.DatabaseNotFound, FailureKind.NotFound, $"The database {source.Name} does not exist on the server. Check -Database, or Database in -ConnectionString.");
            case PostgresErrorCodes.InsufficientPrivilege:
                return new EtlException(
                    FailureCodes.AccessDenied, FailureKind.PermissionDenied,
                    Denied().Match(e.MessageText) is { Success: true } denied
                        ? $"The user lacks a right in {source.Name}: {e.MessageText} (SQLSTATE {e.SqlState}). Connect as another user (-Credential), or have it granted: {GrantFor(denied.Groups[1].Value, denied.Groups[2].Value)}"
                        : $"The user lacks a right in {source.Name} (SQLSTATE {e.SqlState}). The server's log says which. Connect as another user (-Credential), or have the right granted.");
            case PostgresErrorCodes.ReadOnlySqlTransaction:
                return ReadOnly(source);
        }
        string kind = e.SqlState[..2];
        if (kind is "08" or "53" or "57" or "58" or "40" || e.SqlState == "25P03")
            return new TransientTargetException($"The database {source.Name} is not available{Cause(e)} (SQLSTATE {e.SqlState})");
        return new EtlException(
            FailureCodes.StatementFailed, FailureKind.InvalidData,
            $"The database {source.Name} refused a statement: {Meaning(e)}. The server's log has the details. Nothing of the open batch was loaded.");
    }

    /// <summary>Whether the server refused to create something only because another session created it at the same moment: IF NOT EXISTS
    /// sees only committed objects.</summary>
    private static bool IsMadeByAnother(PostgresException e) => e.SqlState switch
    {
        PostgresErrorCodes.UniqueViolation => e.SchemaName == "pg_catalog",
        PostgresErrorCodes.DuplicateTable or PostgresErrorCodes.DuplicateObject => true,
        // "tuple concurrently updated", of the catalog.
        PostgresErrorCodes.InternalError => e.Routine is "simple_heap_update" or "simple_heap_delete",
        _ => false,
    };

    /// <summary>Why the server refuses a change of a table; null for another kind of error.</summary>
    public static string? Refusal(PostgresException e) => e.SqlState[..2] switch
    {
        "0A" => $"the server does not support it, for example because a view, rule or trigger uses the column (SQLSTATE {e.SqlState})",
        "2B" or "42" => Meaning(e),
        "P0" => $"a trigger refused it (SQLSTATE {e.SqlState})",
        _ => null,
    };

    /// <summary>Why the server cannot do anything at the moment, where its code says so.</summary>
    private static string Cause(PostgresException e) => e.SqlState switch
    {
        PostgresErrorCodes.DiskFull => ": a disk of the server is full",
        PostgresErrorCodes.OutOfMemory => ": the server is out of memory",
        PostgresErrorCodes.AdminShutdown => ": the server was shut down, or an administrator ended the session",
        PostgresErrorCodes.CrashShutdown => ": another process of the server crashed",
        PostgresErrorCodes.CannotConnectNow => ": the server is starting up or shutting down",
        PostgresErrorCodes.IoError => ": the server could not read or write a file",
        _ => "",
    };

    private static string GrantFor(string kind, string name) => kind switch
    {
        "schema" => $"GRANT CREATE ON SCHEMA {name}; or name a schema of your own in -Table and -WatermarkTable.",
        "sequence" => $"GRANT USAGE ON SEQUENCE {name}.",
        "table" => $"GRANT SELECT, INSERT, UPDATE, DELETE ON {name}.",
        _ => $"on the {kind} {name}.",
    };

    // The server's own words, which name an object and no value; a trigger may raise other ones.
    [GeneratedRegex(@"^permission denied for (schema|table|view|sequence|database|function|type|tablespace) ([\p{L}_][\p{L}\p{N}_$]*)$", RegexOptions.CultureInvariant)]
    private static partial Regex Denied();

    /// <summary>The meaning of a SQLSTATE in this module's words.</summary>
    private static string Meaning(PostgresException e)
    {
        string? words = e.SqlState switch
        {
            PostgresErrorCodes.InsufficientPrivilege => "the user lacks a right",
            PostgresErrorCodes.UndefinedTable => "a table that it uses does not exist",
            PostgresErrorCodes.UndefinedColumn => "a column that it uses does not exist",
            PostgresErrorCodes.DuplicateColumn => "a column of that name exists already, or the server reserves the name",
            PostgresErrorCodes.TooManyColumns => "a table would have more than 1,600 columns",
            PostgresErrorCodes.UndefinedFunction => "a function that it uses does not exist, or not for these types",
            PostgresErrorCodes.UndefinedObject => "a type or another object that it uses does not exist",
            PostgresErrorCodes.InvalidSchemaName => "a schema that it uses does not exist",
            PostgresErrorCodes.InvalidColumnReference => "the table no longer has a unique index on the key",
            PostgresErrorCodes.FeatureNotSupported => "the server does not support it",
            PostgresErrorCodes.DependentObjectsStillExist => "other objects depend on it",
            PostgresErrorCodes.DatatypeMismatch or PostgresErrorCodes.CannotCoerce => "a type does not fit",
            PostgresErrorCodes.InvalidSqlStatementName => "a prepared statement is gone, for example behind a pooler that pools transactions",
            PostgresErrorCodes.InternalError => "an internal error of the server",
            _ => null,
        };
        return words is null ? $"SQLSTATE {e.SqlState}" : $"{words} (SQLSTATE {e.SqlState})";
    }

    public static EtlException ReadOnly(PostgresSource source) => new(
        FailureCodes.ReadOnlyTarget, FailureKind.PermissionDenied,
        $"The database {source.Name} is read-only: it is a standby server, or its settings make it so. Connect to the primary server (-ServerInstance, or Host in -ConnectionString).");

    private static TransientTargetException Unreachable(PostgresSource source, string why) =>
        new($"The database {source.Name} cannot be reached: {why}") { HowToReach = HowToReach };

    private static RowFault Rejected(string what, PostgresException e) => new(ErrorCodes.RowRejected, $"{what} (SQLSTATE {e.SqlState}).");
}
