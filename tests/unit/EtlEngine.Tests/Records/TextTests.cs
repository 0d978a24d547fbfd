using System.Text;
using EtlTools.Engine.Extract.Api;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Tests.Records;

public class TextTests
{
    [Theory]
    [InlineData("aé", 3, "aé")]
    [InlineData("aé", 2, "a")]
    [InlineData("€", 2, "")]
    [InlineData("a😀b", 5, "a😀")]
    [InlineData("abc", 0, "")]
    public void Beginning_OfUtf8_EndsWithAWholeCharacter(string text, int maxBytes, string expected) =>
        Assert.Equal(expected, Encoding.UTF8.GetString(Utf8Text.Beginning(Encoding.UTF8.GetBytes(text), maxBytes)));

    [Fact]
    public void TextOf_ATimeOfDayInAQuery_KeepsItsSeconds() =>
        Assert.Equal("13:05:07.0000000", ApiAddress.TextOf(new TimeOnly(13, 5, 7)));
}
