using System.Text;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Tests.Records;

public class JsonStringTests
{
    [Theory]
    [InlineData("""{"a":"K\u00f6ln"}""", """{"a":"Köln"}""")]
    [InlineData("""["\uD83D\uDE00\u20ac","\/"]""", """["😀€","/"]""")]
    [InlineData("""["\\u00f6","\\\u00f6","\"\u00f6"]""", """["\\u00f6","\\ö","\"ö"]""")]
    [InlineData("""["\u0000\u0008\u000a\u001f\u0022\u005c"]""", """["\u0000\b\n\u001F\"\\"]""")]
    [InlineData("""["\ud83d","\ud83d\u00f6","\ude00\ud83d","\ud83d\n\u00f6"]""", """["\ud83d","\ud83dö","\ude00\ud83d","\ud83d\nö"]""")]
    [InlineData("""{"n":1.50, "s":"\n"}""", """{"n":1.50, "s":"\n"}""")]
    public void Readable_HasCharactersForCodes(string json, string expected) =>
        Assert.Equal(expected, Encoding.UTF8.GetString(JsonString.Readable(Encoding.UTF8.GetBytes(json)).Span));
}
