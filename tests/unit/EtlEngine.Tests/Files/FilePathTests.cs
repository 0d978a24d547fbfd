using EtlTools.Engine.Files;
using EtlTools.Engine.Load;
using EtlTools.Engine.Load.Sqlite;
using EtlTools.Engine.Tests.Load;

namespace EtlTools.Engine.Tests.Files;

public sealed class FilePathTests
{
    [Fact]
    public void IsOnNetwork_Share_IsTrue() => Assert.True(FilePath.IsOnNetwork(@"\\server\share\shop.db"));

    [Fact]
    public void IsOnNetwork_FileOfThisMachine_IsFalse()
    {
        using var folder = new TempFolder();
        Assert.False(FilePath.IsOnNetwork(folder.File("shop.db")));
    }

    [Fact]
    public void Comparer_DiffersInCase_IsOneFileWhereTheSystemSaysSo() =>
        Assert.Equal(OperatingSystem.IsWindows() || OperatingSystem.IsMacOS(), FilePath.AreSame("Orders.csv", "orders.csv"));

    [Fact]
    public void SqliteUri_InAFolderOfAShare_KeepsItsServer()
    {
        var source = SqliteDataSource.Parse(new TargetOptions { ConnectionString = "Data Source=file:shop.db?mode=rw", BaseDirectory = @"\\server\a share" });
        Assert.Equal("file:////server/a%20share/shop.db?mode=rw", source.Name);
    }
}
