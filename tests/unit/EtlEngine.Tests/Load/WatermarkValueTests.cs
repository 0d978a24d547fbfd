using System.Globalization;
using EtlTools.Engine.Load;
using Xunit;

namespace EtlTools.Engine.Tests.Load;

/// <summary>A time that a lag is subtracted from sorts as text among the texts that it came from.</summary>
public sealed class WatermarkValueTests
{
    [Theory]
    [InlineData("2026-01-01 10:05:00", "2026-01-01 09:55:00")]
    [InlineData("2026-01-01T10:05:00", "2026-01-01T09:55:00")]
    [InlineData("2026-01-01 10:05:00.123", "2026-01-01 09:55:00.123")]
    [InlineData("2026-01-01 10:05:00.000000000", "2026-01-01 09:55:00.000000000")]
    [InlineData("2026-01-01 10:05:00-05:00", "2026-01-01 09:55:00-05:00")]
    [InlineData("2026-01-01 10:05:00+00", "2026-01-01 09:55:00+00")]
    [InlineData("2026-01-01T10:05Z", "2026-01-01T09:55Z")]
    [InlineData("2026-01-01 00:05", "2025-12-31 23:55")]
    [InlineData("2026-01-01", "2025-12-31")]
    public void Less_OfATime_KeepsTheFormOfItsText(string text, string expected)
    {
        WatermarkValue value = WatermarkValue.Parse(text)!;
        Assert.True(value.IsTimeOfKnownForm);
        Assert.Equal(expected, value.Less(TimeSpan.FromMinutes(10)));
    }

    [Theory]
    [InlineData("2026-01-01 10:05:00 PM")]
    [InlineData("17")]
    [InlineData("abc")]
    public void IsTimeOfKnownForm_OfAnythingElse_IsFalse(string text) => Assert.False(WatermarkValue.Parse(text)!.IsTimeOfKnownForm);

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData("NaN")]
    [InlineData("-infinity")]
    [InlineData("")]
    [InlineData(null)]
    public void Of_WhatHasNoPlaceAmongNumbers_IsNone(object? value)
    {
        Assert.True(WatermarkValue.IsNone(value));
        Assert.Null(WatermarkValue.Of(value));
    }

    [Fact]
    public void Less_OfATimeThatIsNoText_IsIso()
    {
        var time = DateTime.SpecifyKind(DateTime.Parse("2026-01-01 10:05", CultureInfo.InvariantCulture), DateTimeKind.Utc);
        Assert.Equal("2026-01-01T09:55:00.0000000Z", WatermarkValue.Of(time)!.Less(TimeSpan.FromMinutes(10)));
    }
}
