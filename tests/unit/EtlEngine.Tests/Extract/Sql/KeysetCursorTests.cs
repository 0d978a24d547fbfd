using EtlTools.Engine.Extract.Sql;
using Xunit;

namespace EtlTools.Engine.Tests.Extract.Sql;

public sealed class KeysetCursorTests
{
    public static TheoryData<object> Values { get; } =
    [
        "a:b \"c\" \u00e9 \ud83d\ude00", "", (byte)7, (short)-3, int.MinValue, long.MaxValue, 79228162514264337593543950335m, 1.10m, float.Epsilon, double.MaxValue, 0.1,
        new DateTime(2026, 11, 2, 9, 12, 30, 123, DateTimeKind.Utc).AddTicks(4567), new DateTime(2026, 11, 2, 9, 12, 30, DateTimeKind.Unspecified),
        new DateTimeOffset(2026, 11, 2, 9, 12, 30, 123, TimeSpan.FromHours(5.5)), new DateOnly(2026, 11, 2), new TimeOnly(23, 59, 59, 999), new TimeSpan(50, 1, 2, 3, 4), Guid.NewGuid(), new byte[] { 0, 255, 7 },
    ];

    [Theory]
    [MemberData(nameof(Values))]
    public void Read_WhatWasWritten_IsTheSame(object value)
    {
        object[]? read = KeysetCursor.Read(KeysetCursor.Write([value, 17L]));
        Assert.NotNull(read);
        Assert.Equal([value, 17L], read);
        Assert.Equal(value.GetType(), read[0].GetType());
        if (value is DateTime time)
            Assert.Equal(time.Kind, ((DateTime)read[0]).Kind);
    }

    [Theory]
    [InlineData("https://example.org/?page=2")]
    [InlineData("[1]")]
    [InlineData("[\"Int64:x\"]")]
    [InlineData("[\"What:x\"]")]
    [InlineData("{}")]
    public void Read_CursorOfAnotherSource_IsNone(string text) => Assert.Null(KeysetCursor.Read(text));
}
