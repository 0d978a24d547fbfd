using System.Text;
using EtlTools.Engine.Partitions;

namespace EtlTools.Engine.Tests.Partitions;

/// <summary>The hash decides on other machines and in later versions too: what it gives is pinned here.</summary>
public sealed class KeyHashTests
{
    [Fact]
    public void ShareOf_Keys_AreSpreadEvenly()
    {
        int[] counts = new int[8];
        for (int i = 0; i < 80_000; i++)
            counts[Share(8, i.ToString(System.Globalization.CultureInfo.InvariantCulture))]++;
        Assert.All(counts, count => Assert.InRange(count, 9_500, 10_500));
    }

    [Fact]
    public void ShareOf_ValuesCutElsewhere_IsOfAnotherKey() =>
        Assert.Contains(Enumerable.Range(0, 64), i => Share(1_000, $"a{i}", "b") != Share(1_000, "a", $"{i}b"));

    [Theory]
    [InlineData("1", 2225)]
    [InlineData("order-17", 9512)]
    [InlineData("", 5131)]
    public void ShareOf_AnyKey_StaysTheSameForEver(string key, int expected) => Assert.Equal(expected, Share(10_000, key));

    private static int Share(int count, params string[] key)
    {
        var hash = new KeyHash();
        foreach (string value in key)
            hash.Add(Encoding.UTF8.GetBytes(value));
        return hash.ShareOf(count);
    }
}
