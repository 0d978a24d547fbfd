using EtlTools.Engine.Extract;

namespace EtlTools.Engine.Tests.Extract;

public class FileHeadTests
{
    private static FileHead Head(int length, byte fill = 1) => new([.. Enumerable.Repeat(fill, length)]);

    [Theory]
    [InlineData(10, 10, true)]
    [InlineData(10, 500, true)]
    [InlineData(10, 5000, true)]
    [InlineData(5000, 9000, true)]
    [InlineData(500, 10, false)]
    [InlineData(5000, 500, false)]
    [InlineData(0, 10, false)]
    public void Fits_FileThatHasGrown_IsTheSame(int before, int after, bool fits) =>
        Assert.Equal(fits, Head(after).Fits(Head(before).Fingerprint));

    [Fact]
    public void Fits_FileWithAnotherBeginning_IsAnother() => Assert.False(Head(100, 2).Fits(Head(50).Fingerprint));

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData(":0123456789abcdef")]
    [InlineData("-5:0123456789abcdef")]
    [InlineData("99999999999999:0123456789abcdef")]
    public void Fits_Nonsense_IsNoFingerprint(string fingerprint) => Assert.False(Head(100).Fits(fingerprint));

    [Fact]
    public void Fingerprint_OfAnyFile_IsLengthAndHash() => Assert.Matches("^4096:[0-9a-f]{16}$", Head(10_000).Fingerprint);
}
