using System.Collections.Frozen;
using System.Globalization;
using System.Text.RegularExpressions;
using EtlTools.Engine.Records;
using Microsoft.Data.SqlClient;

namespace EtlTools.Engine.Load.SqlServer;

/// <summary>What an error of the server is about.</summary>
internal enum SqlServerErrorKind
{
    /// <summary>The rows at hand: they are split until the guilty ones are alone.</summary>
    Data,

    /// <summary>Locks and load: the same transaction may work later, on the same connection.</summary>
    Busy,

    /// <summary>The server is there and cannot just now: it may, on a fresh connection.</summary>
    Outage,

    /// <summary>No server or no such database: wrong at the first time, an outage once it has worked.</summary>
    Unreachable,

    /// <summary>Trying again changes nothing.</summary>
    Fatal,
}

/// <summary>
/// Sorts the numbers of SQL Server and Azure SQL. The texts are those of
/// https://learn.microsoft.com/sql/relational-databases/errors-events/database-engine-events-and-errors; the transient ones are
/// SqlClient's own list (SqlConfigurableRetryFactory.BaselineTransientErrors), that of Entity Framework Core
/// (SqlServerTransientExceptionDetector) and of https://learn.microsoft.com/azure/azure-sql/database/troubleshoot-common-errors-issues.
/// </summary>
internal static partial class SqlServerErrors
{
    /// <summary>The number that the driver gives its own time-outs.</summary>
    public const int Timeout = -2;

    /// <summary>From this class on the server ends the connection.</summary>
    private const byte EndsConnection = 20;

    private static readonly FrozenDictionary<int, string> Data = new Dictionary<int, string>
    {
        [515] = ErrorCodes.NotNullViolation,
        [2601] = ErrorCodes.UniqueViolation,
        [2627] = ErrorCodes.UniqueViolation,
        // A reference or a check: the message tells which.
        [547] = ErrorCodes.CheckViolation,
        // Conversions and lengths.
        [220] = ErrorCodes.TargetTypeMismatch,
        [232] = ErrorCodes.TargetTypeMismatch,
        [241] = ErrorCodes.TargetTypeMismatch,
        [242] = ErrorCodes.TargetTypeMismatch,
        [244] = ErrorCodes.TargetTypeMismatch,
        [245] = ErrorCodes.TargetTypeMismatch,
        [248] = ErrorCodes.TargetTypeMismatch,
        [257] = ErrorCodes.TargetTypeMismatch,
        [295] = ErrorCodes.TargetTypeMismatch,
        [296] = ErrorCodes.TargetTypeMismatch,
        [1007] = ErrorCodes.TargetTypeMismatch,
        [2628] = ErrorCodes.TargetTypeMismatch,
        [4815] = ErrorCodes.TargetTypeMismatch,
        [6522] = ErrorCodes.TargetTypeMismatch,
        [8114] = ErrorCodes.TargetTypeMismatch,
        [8115] = ErrorCodes.TargetTypeMismatch,
        [8152] = ErrorCodes.TargetTypeMismatch,
        [8169] = ErrorCodes.TargetTypeMismatch,
        [9803] = ErrorCodes.TargetTypeMismatch,
        // Arithmetic and functions in defaults, computed columns and checks.
        [512] = ErrorCodes.RowRejected,
        [536] = ErrorCodes.RowRejected,
        [537] = ErrorCodes.RowRejected,
        [3623] = ErrorCodes.RowRejected,
        [8134] = ErrorCodes.RowRejected,
        // The row is too long, or the index's key.
        [511] = ErrorCodes.RowRejected,
        [1946] = ErrorCodes.RowRejected,
        // A view with CHECK OPTION, a security policy, a row that the table's trigger rolled back or raised an error for.
        [550] = ErrorCodes.RowRejected,
        [33504] = ErrorCodes.RowRejected,
        [3609] = ErrorCodes.RowRejected,
        [3616] = ErrorCodes.RowRejected,
        // MERGE met a row twice.
        [8672] = ErrorCodes.RowRejected,
        // JSON that is none, and values that a column's schema or rule refuses.
        [13608] = ErrorCodes.TargetTypeMismatch,
        [13609] = ErrorCodes.TargetTypeMismatch,
        [513] = ErrorCodes.CheckViolation,
    }.ToFrozenDictionary();

    private static readonly FrozenSet<int> Busy = FrozenSet.Create(
        // Locks: none to be had, a deadlock, LOCK_TIMEOUT; snapshot conflicts.
        1204, 1205, 1222, 3960, 41301, 41302, 41305, 41325, 41839,
        // Memory and its queue.
        701, 802, 8645, 8651, 8628,
        // Azure SQL: too busy, or at a limit.
        10928, 10929, 40501, 40544, 40549, 40550, 49918, 49919, 49920,
        Timeout);

    /// <summary>The server is there and says that it cannot just now.</summary>
    private static readonly FrozenSet<int> Outage = FrozenSet.Create(
        // It shuts down, starts, recovers, or its primary moves.
        596, 615, 904, 921, 922, 927, 945, 976, 983, 988, 1143, 4221, 6002, 6005, 6006, 17142, 17187, 17188, 18401, 18451,
        // Azure SQL moves the database or wakes it up.
        40020, 40143, 40166, 40197, 40540, 40613, 42108, 42109);

    /// <summary>What a wrong name gives as well as an outage.</summary>
    private static readonly FrozenSet<int> Unreachable = FrozenSet.Create(
        // The database cannot be opened.
        4060,
        // The network, as Windows numbers it, and the driver's own.
        -1, 0, 2, 20, 53, 64, 121, 233, 258, 997, 1225, 10053, 10054, 10060, 10061, 11001,
        // As Linux and macOS number it: EPIPE, ECONNABORTED, ECONNRESET, ETIMEDOUT, ECONNREFUSED, EHOSTUNREACH.
        32, 54, 60, 61, 65, 103, 104, 110, 111, 113);

    /// <summary>What an exception of the driver is about: the first of its errors that tells.</summary>
    public static SqlServerErrorKind KindOf(SqlException error, out SqlError? cause)
    {
        cause = null;
        SqlServerErrorKind kind = SqlServerErrorKind.Fatal;
        foreach (SqlError item in error.Errors)
        {
            SqlServerErrorKind found = KindOf(item.Number, item.Class);
            // An error that only says that another one ended the statement or the transaction comes with it.
            if (cause is null || Rank(found) > Rank(kind))
                (kind, cause) = (found, item);
        }
        return kind;
    }

    /// <summary>What an error number is about.</summary>
    public static SqlServerErrorKind KindOf(int number, byte level = 16) =>
        Data.ContainsKey(number) || IsXml(number) || IsRaised(number) ? SqlServerErrorKind.Data
        : Busy.Contains(number) ? SqlServerErrorKind.Busy
        : Outage.Contains(number) ? SqlServerErrorKind.Outage
        : Unreachable.Contains(number) || level >= EndsConnection ? SqlServerErrorKind.Unreachable
        : SqlServerErrorKind.Fatal;

    /// <summary>Why a row was refused. The server's text quotes values: only names are taken from it, where they stand in a
    /// text that is known word for word.</summary>
    public static RowFault ToRowFault(SqlError error, SqlServerTable table)
    {
        Match names = Names().Match(error.Message);
        string constraint = names.Groups["constraint"] is { Success: true } group ? $" ({group.Value})" : "";
        TargetColumn? column = names.Groups["column"] is { Success: true } named ? table.Find(named.Value) : null;
        string code = CodeOf(error);
        string message = code switch
        {
            ErrorCodes.NotNullViolation => "A column that takes no null has none",
            ErrorCodes.UniqueViolation => $"Another row has the value in a unique column{constraint}",
            ErrorCodes.ForeignKeyViolation => $"The row that a foreign key names does not exist, or another row names this one{constraint}",
            ErrorCodes.CheckViolation => $"A check constraint or rule refused the row{constraint}",
            ErrorCodes.TargetTypeMismatch => "A value does not fit the type or the length of its column",
            _ when IsRaised(error.Number) => "A trigger of the table refused the row",
            _ => "The server refused the row",
        };
        return new RowFault(code, string.Create(CultureInfo.InvariantCulture, $"{message} (SQL Server error {error.Number})."), column?.Name);
    }

    private static int Rank(SqlServerErrorKind kind) => kind switch
    {
        SqlServerErrorKind.Unreachable => 4,
        SqlServerErrorKind.Outage => 3,
        SqlServerErrorKind.Busy => 2,
        SqlServerErrorKind.Data => 1,
        _ => 0,
    };

    private static string CodeOf(SqlError error) =>
        error.Number == 547 && error.Message.Contains("CHECK", StringComparison.Ordinal) ? ErrorCodes.CheckViolation
        : error.Number == 547 ? ErrorCodes.ForeignKeyViolation
        : IsXml(error.Number) ? ErrorCodes.TargetTypeMismatch
        : Data.GetValueOrDefault(error.Number, ErrorCodes.RowRejected);

    /// <summary>6900 to 6999: schema validation of XML. 9400 to 9499: its parser.</summary>
    private static bool IsXml(int number) => number is (>= 6900 and <= 6999) or (>= 9400 and <= 9499);

    /// <summary>What RAISERROR and THROW of a trigger give.</summary>
    private static bool IsRaised(int number) => number >= 50_000;

    // 2627, 2601, 547, 515 and 2628. A foreign key's message names the column of the other table.
    [GeneratedRegex(
        """
        ^(?:Violation\ of\ [A-Z ]+\ constraint\ '(?<constraint>[^'"]+)'\.
        |Cannot\ insert\ duplicate\ key\ row\ in\ object\ '[^'"]+'\ with\ unique\ index\ '(?<constraint>[^'"]+)'\.
        |The\ [A-Z]+\ statement\ conflicted\ with\ the\ CHECK\ constraint\ "(?<constraint>[^'"]+)"\.(?:\ .*,\ column\ '(?<column>[^'"]+)'\.)?
        |The\ [A-Z]+\ statement\ conflicted\ with\ the\ [A-Z ]+\ constraint\ "(?<constraint>[^'"]+)"\.
        |Cannot\ insert\ the\ value\ NULL\ into\ column\ '(?<column>[^'"]+)',
        |String\ or\ binary\ data\ would\ be\ truncated\ in\ table\ '[^'"]+',\ column\ '(?<column>[^'"]+)'\.)
        """,
        RegexOptions.CultureInvariant | RegexOptions.IgnorePatternWhitespace | RegexOptions.ExplicitCapture)]
    private static partial Regex Names();
}
