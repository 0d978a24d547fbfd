using EtlTools.Engine.Load;
using EtlTools.Engine.Load.Postgres;
using EtlTools.Engine.Load.Sqlite;
using EtlTools.Engine.Records;
using Xunit;

namespace EtlTools.Engine.Tests.Load;

/// <summary>A list that contains itself is a fault of its row, not of the load.</summary>
public sealed class NestedTooDeepTests
{
    private const string Says = "does not take the value, which is nested deeper than 256 levels, or inside itself";

    [Fact]
    public void Postgres_ListInsideItself_IsAFaultOfTheValue()
    {
        foreach (PostgresType type in (PostgresType[])[new PostgresJson("jsonb"), new PostgresHstore("hstore")])
        {
            var buffer = new PostgresBuffer();
            Assert.Equal(Says, type.Write(buffer, new Utf8Scratch(), InsideItself(), 0, out _));
            buffer.GiveBack();
        }
    }

    [Fact]
    public void Sqlite_ListInsideItself_IsAFaultOfTheValue() =>
        Assert.Equal(Says, SqliteConverter.Convert(InsideItself(), 0, new SqliteForm(ColumnKind.Text), new Utf8Scratch(), out _));

    private static Record InsideItself()
    {
        var list = new List<object?>();
        list.Add(list);
        return Rec.Of("v", list);
    }
}
