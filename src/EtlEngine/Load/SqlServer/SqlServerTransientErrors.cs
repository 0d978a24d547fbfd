using System.Collections.Frozen;

namespace EtlTools.Engine.Load.SqlServer;

/// <summary>
/// The numbers of errors that pass by themselves. They are those of Entity Framework Core
/// (https://github.com/dotnet/efcore/blob/main/src/EFCore.SqlServer/Storage/Internal/SqlServerTransientExceptionDetector.cs: all of
/// commit ecd0ba4 of August 2026; it leaves out -2, since its statements are not repeatable as a batch's are), of
/// SqlClient (SqlConfigurableRetryFactory.BaselineTransientErrors), of Azure
/// (https://learn.microsoft.com/azure/azure-sql/database/troubleshoot-common-errors-issues), and some that say so in their text
/// (https://learn.microsoft.com/sql/relational-databases/errors-events/database-engine-events-and-errors).
/// </summary>
internal static class SqlServerTransientErrors
{
    /// <summary>The number that the driver uses for its own time-outs.</summary>
    public const int Timeout = -2;

    /// <summary>Other transactions hold what this one needs, or were faster: the same transaction may succeed later, on the same
    /// connection.</summary>
    private static readonly FrozenSet<int> Contention = FrozenSet.Create(
        // Locks: none to be had, a deadlock, LOCK_TIMEOUT.
        1204, 1205, 1222,
        // Row versions: another transaction has changed the row; the version is gone.
        3941, 3960, 3966, 41301, 41302, 41305, 41325, 41339,
        // A temporal table's row was changed by a transaction that began later.
        13535);

    /// <summary>Load, or the server's own work: the same transaction may succeed later, on a new connection.</summary>
    private static readonly FrozenSet<int> Busy = FrozenSet.Create(
        Timeout,
        // Memory and its queue, worker threads, connections of the session.
        701, 802, 8628, 8645, 8651, 17197, 17889, 30085,
        // Locks and row versions of the server's own work.
        601, 617, 669, 1203, 1215, 1216, 1221, 1232, 3935, 3947, 3948, 3950, 3953, 3957, 3980, 22335, 22355, 41839,
        // What a statement uses was changed while it ran.
        539, 2021, 2816, 4117, 4184, 11539, 41383,
        // Pages, extents, sorts and assertions that depend on the moment.
        1532, 1533, 1534, 1535, 3635, 5280, 5529, 6292, 7951, 9020, 9515, 9985, 10922, 17065, 17066, 17067, 42029,
        // Triggers of replication, replication itself, external scripts, enclaves, full text, event sessions.
        14355, 14868, 18858, 20041, 21503, 22984, 25003, 25738, 25740, 30080, 37327, 39025, 39108, 39110, 39151, 39152,
        // Mirroring and availability groups.
        1404, 1413, 1421, 1438, 1807, 19413, 19416, 19494, 33123, 35216, 35218, 35256, 35293, 47132, 47137, 47139,
        // Azure SQL: too busy, or at a limit that others have used up.
        10928, 10929, 10930, 10936, 16528, 16554, 16555, 22225, 22226, 22353, 22358, 22427, 22491, 22493, 22498, 22754, 22758, 22759, 22760,
        37202, 40106, 40189, 40501, 40549, 40550, 40551, 40552, 40553, 40623, 40642, 40648, 40675, 40890, 40903, 40918, 40938, 41614, 41619, 41640,
        41700, 41701, 41823, 41840, 45153, 45156, 45157, 45161, 45179, 45182, 45319, 45547, 49510, 49918, 49919, 49920, 49977, 49983);

    /// <summary>The server or the database is temporarily unable.</summary>
    private static readonly FrozenSet<int> Outage = FrozenSet.Create(
        // It shuts down, starts, recovers, is restored, or its primary moves.
        596, 615, 904, 921, 922, 926, 927, 941, 945, 952, 976, 982, 983, 988, 1143, 3429, 4221, 6002, 6005, 6006, 14817, 14906, 17142, 17187, 17188,
        18401, 18451, 22430,
        // Azure SQL moves the database or wakes it up.
        40020, 40143, 40166, 40197, 40540, 40613, 40671, 42108, 42109, 49802);

    /// <summary>Errors of a wrong name as well as of an outage.</summary>
    private static readonly FrozenSet<int> Unreachable = FrozenSet.Create(
        // The database cannot be opened.
        4060,
        // The network, as Windows numbers it, and the driver's own.
        -1, 0, 2, 20, 53, 64, 121, 203, 233, 258, 997, 1225, 10053, 10054, 10060, 10061, 11001,
        // As Linux and macOS number it: EPIPE, ECONNABORTED, ECONNRESET, ETIMEDOUT, ECONNREFUSED, EHOSTUNREACH.
        32, 54, 60, 61, 65, 103, 104, 110, 111, 113);

    /// <summary>All numbers of the server itself, without those of the network.</summary>
    public static IEnumerable<int> OfServer => Contention.Concat(Busy).Concat(Outage).Where(number => number > 0);

    /// <summary>The meaning of a transient number; null for others.</summary>
    public static SqlServerErrorKind? KindOf(int number) =>
        Contention.Contains(number) || Busy.Contains(number) ? SqlServerErrorKind.Busy
        : Outage.Contains(number) ? SqlServerErrorKind.Outage
        : Unreachable.Contains(number) ? SqlServerErrorKind.Unreachable
        : null;

    /// <summary>A number that only means that other transactions hold what this one needs.</summary>
    public static bool IsContention(int number) => Contention.Contains(number);
}
