using System.Data.Common;
using EtlTools.Engine.Load.Staged;
using Npgsql;

namespace EtlTools.Engine.Load.Postgres;

/// <summary>Widens columns of a PostgreSQL table.</summary>
internal sealed class PostgresChanger(NpgsqlConnection open, TableName table, Func<ValueTask<StagedTable>> readAsync)
    : TableChanger(open, readAsync)
{
    protected override string Begin => PostgresSql.Lock(table);

    protected override string Commit => "COMMIT";

    protected override string Rollback => "ROLLBACK";

    protected override string? Refusal(DbException error) => error is PostgresException e ? PostgresErrors.Refusal(e) : null;
}
