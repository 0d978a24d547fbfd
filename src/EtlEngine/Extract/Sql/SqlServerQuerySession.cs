using System.Data;
using System.Data.Common;
using System.Text.RegularExpressions;
using EtlTools.Engine.Load;
using EtlTools.Engine.Load.SqlServer;
using Microsoft.Data.SqlClient;

namespace EtlTools.Engine.Extract.Sql;

/// <summary>Reads from SQL Server. The transaction is rolled back at the end, because the server has no read-only transactions.</summary>
internal sealed partial class SqlServerQuerySession(SqlConnection connection, SqlServerConnector connector) : QuerySession(connection)
{
    private const int NoSuchColumn = 207, NoSuchObject = 208;

    public override string Database => connector.Name;

    public override bool ComparesRows => false;

    public override CatalogSql Catalog => SqlServerCatalog.Names;

    public override string Quote(string name) => SqlServerSql.Quote(name);

    // https://learn.microsoft.com/sql/t-sql/statements/set-transaction-isolation-level-transact-sql: SNAPSHOT needs
    // ALLOW_SNAPSHOT_ISOLATION, and a database without it answers 3952.
    public override string Begin(bool isSnapshot) => $"SET TRANSACTION ISOLATION LEVEL {(isSnapshot ? "SNAPSHOT" : "READ COMMITTED")}; BEGIN TRANSACTION";

    public override Exception Translate(DbException error) => SqlServerFailures.Refusal((SqlException)error) is { } text
        ? QueryFailures.Refused(connector.Name, text, ((SqlException)error).Number switch
        {
            NoSuchObject => FailureCodes.TableNotFound,
            NoSuchColumn => FailureCodes.UnknownColumn,
            _ => FailureCodes.StatementFailed,
        })
        : SqlServerFailures.ToException((SqlException)error, connector);

    // The driver's asynchronous reads cost many times those that wait: https://github.com/dotnet/SqlClient/issues/593
    public override ValueTask<bool> ReadAsync(DbDataReader reader, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult(reader.Read());
    }

    // A CLR type, such as geography, is known only where its assembly is loaded; otherwise the driver has no type for the column.
    protected override SqlValueReader ReaderOf(DbDataReader reader, int column) =>
        reader.GetFieldType(column) is null ? (_, _) => throw new NotSupportedException() : ReadAsItIs;

    protected override void SetValue(DbParameter parameter, SqlParameterValue given)
    {
        base.SetValue(parameter, given);
        // By default the driver sends a datetime, which is rounded to 3 ms and would match only columns of that type.
        if (given.Value is DateTime)
            ((SqlParameter)parameter).SqlDbType = given.DataType == "datetime" ? SqlDbType.DateTime : SqlDbType.DateTime2;
        // By default the driver sends an nvarchar, with which the server compares a varchar by other rules than those by which it sorts
        // it: https://learn.microsoft.com/sql/relational-databases/collations/collation-and-unicode-support
        if (given is { Value: string, DataType: "varchar" or "char" })
            ((SqlParameter)parameter).SqlDbType = SqlDbType.VarChar;
        if (given is { Value: string text, IsWatermark: true })
            parameter.Value = NeedlessDecimals().Replace(text, "$1");
    }

    /// <summary>The decimals of a time that a watermark has beyond those of a datetime, which takes a text with no more than three:
    /// https://learn.microsoft.com/sql/t-sql/data-types/datetime-transact-sql.</summary>
    [GeneratedRegex("^([0-9-]{10}T[0-9:]{8}[.][0-9]{3})0000(?=$|Z|[+-])")]
    private static partial Regex NeedlessDecimals();
}
