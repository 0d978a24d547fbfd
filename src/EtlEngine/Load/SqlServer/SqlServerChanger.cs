using System.Data.Common;
using EtlTools.Engine.Load.Staged;
using Microsoft.Data.SqlClient;

namespace EtlTools.Engine.Load.SqlServer;

/// <summary>Widens columns of a table of SQL Server.</summary>
internal sealed class SqlServerChanger(SqlConnection open, TableName table, Func<ValueTask<StagedTable>> readAsync)
    : TableChanger(open, readAsync)
{
    protected override string Begin => SqlServerSql.Lock(table, open.CommandTimeout);

    protected override string Commit => SqlServerSql.Commit;

    protected override string Rollback => SqlServerSql.Rollback;

    protected override string? Refusal(DbException error) => error is SqlException e ? SqlServerFailures.Refusal(e) : null;
}
