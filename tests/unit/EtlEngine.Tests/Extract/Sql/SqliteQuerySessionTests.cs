using System.Data.Common;
using EtlTools.Engine.Extract.Sql;
using EtlTools.Engine.Load.Sqlite;
using EtlTools.Engine.Tests.Load;

namespace EtlTools.Engine.Tests.Extract.Sql;

public class SqliteQuerySessionTests
{
    [Fact]
    public async Task NewCommand_Guid_IsTheTextThatALoadStores()
    {
        using var db = new TestDatabase("CREATE TABLE t (id TEXT PRIMARY KEY)");
        var id = Guid.Parse("9f0c6a3e-1b7d-4c55-8e21-ab34cd56ef78");
        await TestDatabase.LoadAsync(db.Options, [Rec.Of("id", id)]);
        await using QuerySession session = await new SqliteDialect().OpenQueryAsync(db.Options, TestContext.Current.CancellationToken);
        await using DbCommand command = session.NewCommand("SELECT count(*) FROM t WHERE id = @id", [new SqlParameterValue("id", id)]);
        Assert.Equal(1L, await command.ExecuteScalarAsync(TestContext.Current.CancellationToken));
    }
}
