using EtlTools.Engine.Load;
using Microsoft.Data.Sqlite;

namespace EtlTools.Engine.Tests.Load;

public sealed class WatermarkStoreTests
{
    [Fact]
    public async Task Statement_FailsBecauseItIsCancelled_IsNoOutage()
    {
        using var cancelled = new CancellationTokenSource();
        await using var connection = new SqliteConnection("Data Source=:memory:");
        connection.Open();
        connection.CreateFunction<int>("cancel", () =>
        {
            cancelled.Cancel();
            throw new SqliteException("The connection is lost", SQLitePCL.raw.SQLITE_ERROR);
        });
        var store = new WatermarkStore(connection, new WatermarkSql("w", "", "SELECT cancel()"), e => new TransientTargetException(e.Message));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => store.ReadAsync("job", cancelled.Token).AsTask());
    }
}
