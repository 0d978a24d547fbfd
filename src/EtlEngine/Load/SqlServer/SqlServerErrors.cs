using System.Collections.Frozen;
using EtlTools.Engine.Records;
using Microsoft.Data.SqlClient;

namespace EtlTools.Engine.Load.SqlServer;

/// <summary>What an error of the server is about.</summary>
internal enum SqlServerErrorKind
{
    /// <summary>The current rows; they are split until the guilty ones are alone.</summary>
    Data,

    /// <summary>Locks and load: the same transaction may succeed later, on the same connection.</summary>
    Busy,

    /// <summary>The server is temporarily unable; the same transaction may succeed on a new connection.</summary>
    Outage,

    /// <summary>There is no such server or database: a wrong call at first, an outage once it has worked.</summary>
    Unreachable,

    /// <summary>A retry changes nothing.</summary>
    Fatal,
}

/// <summary>Sorts the numbers of SQL Server and Azure SQL by what they are about. Their texts are those of
/// https://learn.microsoft.com/sql/relational-databases/errors-events/database-engine-events-and-errors.</summary>
internal static class SqlServerErrors
{
    /// <summary>From this severity on, the server closes the connection.</summary>
    private const byte EndsConnection = 20;

    private const int ConstraintConflict = 547;

    private static readonly FrozenDictionary<int, string> Data = new Dictionary<int, string>
    {
        [515] = ErrorCodes.NotNullViolation,
        [2601] = ErrorCodes.UniqueViolation,
        [2627] = ErrorCodes.UniqueViolation,
        // A reference or a check; the message says which.
        [ConstraintConflict] = ErrorCodes.CheckViolation,
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
        // A trigger has caught an error, which dooms the transaction, and then continues to write, or ends without a rollback.
        [3930] = ErrorCodes.RowRejected,
        [3931] = ErrorCodes.RowRejected,
        [3998] = ErrorCodes.RowRejected,
        // MERGE matched a row twice.
        [8672] = ErrorCodes.RowRejected,
        // Invalid JSON, and values that a column's schema or rule refuses.
        [13608] = ErrorCodes.TargetTypeMismatch,
        [13609] = ErrorCodes.TargetTypeMismatch,
        [513] = ErrorCodes.CheckViolation,
    }.ToFrozenDictionary();

    /// <summary>Unreadable or damaged pages: severe enough to close the connection, and a retry does not help.</summary>
    private static readonly FrozenSet<int> Damage = FrozenSet.Create(605, 823, 824, 832);

    /// <summary>The meaning of a driver's exception: that of its first error with a known meaning.</summary>
    public static SqlServerErrorKind KindOf(SqlException error, out SqlError? cause)
    {
        cause = null;
        SqlServerErrorKind kind = SqlServerErrorKind.Fatal;
        foreach (SqlError item in error.Errors)
        {
            SqlServerErrorKind found = KindOf(item.Number, item.Class);
            // This error only reports that another one ended the statement or the transaction.
            if (cause is null || Rank(found) > Rank(kind))
                (kind, cause) = (found, item);
        }
        return kind;
    }

    /// <summary>The meaning of an error number.</summary>
    public static SqlServerErrorKind KindOf(int number, byte level = 16) =>
        CodeOf(number) is not null ? SqlServerErrorKind.Data
        : SqlServerTransientErrors.KindOf(number)
        ?? (level >= EndsConnection && !Damage.Contains(number) ? SqlServerErrorKind.Unreachable : SqlServerErrorKind.Fatal);

    /// <summary>The code of a row's fault; null if the number is not about a row.</summary>
    public static string? CodeOf(int number) =>
        IsXml(number) ? ErrorCodes.TargetTypeMismatch
        : IsRaised(number) ? ErrorCodes.RowRejected
        : Data.GetValueOrDefault(number);

    /// <summary>The errors that RAISERROR and THROW in a trigger produce.</summary>
    public static bool IsRaised(int number) => number >= 50_000;

    /// <summary>A reference or a check refused the row.</summary>
    public static bool IsReference(int number) => number == ConstraintConflict;

    private static int Rank(SqlServerErrorKind kind) => kind switch
    {
        SqlServerErrorKind.Unreachable => 4,
        SqlServerErrorKind.Outage => 3,
        SqlServerErrorKind.Busy => 2,
        SqlServerErrorKind.Data => 1,
        _ => 0,
    };

    /// <summary>6900 to 6999: schema validation of XML. 9400 to 9499: its parser.</summary>
    private static bool IsXml(int number) => number is (>= 6900 and <= 6999) or (>= 9400 and <= 9499);
}
