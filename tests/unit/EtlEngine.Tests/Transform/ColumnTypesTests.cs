using EtlTools.Engine.Transform;

namespace EtlTools.Engine.Tests.Transform;

public class ColumnTypesTests
{
    [Theory]
    [InlineData("string", ColumnType.String)]
    [InlineData("INT", ColumnType.Int)]
    [InlineData("Int32", ColumnType.Int)]
    [InlineData("System.Int32", ColumnType.Int)]
    [InlineData("long", ColumnType.Long)]
    [InlineData("system.int64", ColumnType.Long)]
    [InlineData(" decimal ", ColumnType.Decimal)]
    [InlineData("double", ColumnType.Double)]
    [InlineData("float", ColumnType.Double)]
    [InlineData("System.Single", ColumnType.Double)]
    [InlineData("Boolean", ColumnType.Bool)]
    [InlineData("DateTime", ColumnType.DateTime)]
    [InlineData("datetimeoffset", ColumnType.DateTimeOffset)]
    [InlineData("DateOnly", ColumnType.Date)]
    [InlineData("System.TimeOnly", ColumnType.Time)]
    [InlineData("guid", ColumnType.Guid)]
    internal void TryParse_KnownName_GivesTheType(string name, ColumnType expected)
    {
        Assert.True(ColumnTypes.TryParse(name, out ColumnType type));
        Assert.Equal(expected, type);
    }

    [Theory]
    [InlineData("")]
    [InlineData(null)]
    [InlineData("integre")]
    [InlineData("System.")]
    [InlineData("3")]
    public void TryParse_OtherName_IsRefused(string? name) => Assert.False(ColumnTypes.TryParse(name, out _));

    [Fact]
    public void Names_AllTypes_AreThereAndRead()
    {
        foreach (ColumnType type in Enum.GetValues<ColumnType>())
        {
            Assert.Contains(ColumnTypes.NameOf(type), ColumnTypes.Names);
            Assert.True(ColumnTypes.TryParse(ColumnTypes.NameOf(type), out ColumnType back));
            Assert.Equal(type, back);
        }
        Assert.Equal(Enum.GetValues<ColumnType>().Length, ColumnTypes.Names.Count);
    }
}
