using EtlTools.Engine.Load;
using EtlTools.Engine.Load.Sqlite;
using Microsoft.Data.Sqlite;

namespace EtlTools.Engine.Tests.Load;

public sealed class WatermarkStoreTests
{
    [Theory]
    [InlineData("db.dbo.w", "-WatermarkTable 'db.dbo.w' has three parts. Use -Database 'db', and -WatermarkTable dbo.w.")]
    [InlineData("\"w", "-WatermarkTable '\"w' is not a valid name.")]
    public async Task Read_NameOfTheTableThatCannotBeRead_NamesItsParameter(string table, string message)
    {
        using var db = new TestDatabase();
        EtlException e = await Assert.ThrowsAsync<EtlException>(() => Watermarks.ReadAsync(db.Options, table, TestContext.Current.CancellationToken));
        Assert.StartsWith(message, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lock_FileThatCannotBeMade_IsNotAnotherRun()
    {
        using var db = new TestDatabase();
        // The name of the lock's file would be too long.
        string file = Path.Combine(Path.GetDirectoryName(db.File)!, new string('x', 240));
        await using var connection = new SqliteConnection($"Data Source={file};Pooling=False");
        connection.Open();
        EtlException e = Assert.Throws<EtlException>(() => SqliteWatermarkLock.Take(connection.Handle!, "job"));
        Assert.Equal(FailureCodes.TargetUnavailable, e.Code);
        Assert.StartsWith("-WatermarkName needs a file beside the database", e.Message, StringComparison.Ordinal);
    }

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
