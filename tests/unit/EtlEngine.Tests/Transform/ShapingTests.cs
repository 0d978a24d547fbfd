using System.Security.Cryptography;
using System.Text;
using CsCheck;
using EtlTools.Engine.Records;
using EtlTools.Engine.Transform;
using EtlTools.Engine.Transform.Rules;
using static EtlTools.Engine.Tests.Transform.Transforming;

namespace EtlTools.Engine.Tests.Transform;

/// <summary>Shaping, and the one order of its steps.</summary>
public sealed class ShapingTests
{
    [Fact]
    public void Steps_AllAtOnce_AreTakenInTheirOrder()
    {
        var options = new TransformOptions
        {
            Trim = true,
            Defaults = new Dictionary<string, object?> { ["old"] = " 7 ", ["country"] = "NL" },
            Renames = new Dictionary<string, string> { ["old"] = "n" },
            Rules = new RuleOptions { Types = new Dictionary<string, ColumnType> { ["n"] = ColumnType.Int }, Required = ["n", "country"] },
            SetColumns = [new SetColumn("list", new[] { "x", "y" }), new SetColumn("source", "shop")],
            Expand = "list",
            Columns = ["list", "n", "c*"],
            ExcludeColumns = ["co?ntr?"],
            Hashes = [new HashColumn("key", ["source"]), new HashColumn("n", ["n"])],
        };
        List<Record> output = Run(options, Make(("old", "  "), ("city", " Rome ")));
        Assert.Equal([$"list=x n={Sha("7")} city=Rome key={Sha("shop")}", $"list=y n={Sha("7")} city=Rome key={Sha("shop")}"], output.Select(Show));
    }

    [Fact]
    public void Steps_UnreadRows_GiveTheSameAsReadOnes() =>
        Gen.Select(Gen.Char[" ab9é"].Array[0, 4].Select(chars => new string(chars)).Array[3], Gen.Bool, Gen.Bool, Gen.Bool).Sample((values, trims, renames, chooses) =>
        {
            var schema = new Schema(["a", "b", "c"]);
            var options = new TransformOptions
            {
                Trim = trims,
                Renames = renames ? new Dictionary<string, string> { ["a"] = "b", ["b"] = "a" } : new Dictionary<string, string>(),
                Rules = new RuleOptions { Types = new Dictionary<string, ColumnType> { ["c"] = ColumnType.Int }, MaxLength = new Dictionary<string, int> { ["a"] = 2 } },
                Columns = chooses ? ["c", "a"] : [],
                Hashes = [new HashColumn("h", ["a", "b"])],
            };
            Record read = Assert.Single(Run(options, new Record(schema, [.. values])));
            Record unread = Assert.Single(Run(options, new Record(schema, new Texts(values), 0)));
            Assert.Equal(Show(read), Show(unread));
            Assert.Equal(read.Error?.Message, unread.Error?.Message);
            Assert.Equal("texts:1", unread.Id);
        });

    [Theory]
    [InlineData(null, "k=null")]
    [InlineData("", "k=")]
    [InlineData("scalar", "k=scalar")]
    public void Expand_NoList_LeavesTheRecordAsItIs(string? value, string expected) =>
        Assert.Equal([expected], Run(new TransformOptions { Expand = "k" }, Make(("k", value))).Select(Show));

    [Fact]
    public void Expand_EmptyList_KeepsTheRecordWithANull() =>
        Assert.Equal(["k=null n=1"], Run(new TransformOptions { Expand = "k" }, Make(("k", Array.Empty<object>()), ("n", 1))).Select(Show));

    [Fact]
    public void Expand_SeveralTimes_OnlyTheLastRecordIsKnownToBeTheLastOfItsRow()
    {
        var options = new TransformOptions { Expand = "a" };
        var row = new Record(new Schema(["a"]), new Lists([[1, 2], [3, 4]]), 0);
        List<Record> output = Run(options, [.. Run(options, row)]);
        Assert.Equal(["a=1", "a=2", "a=3", "a=4"], output.Select(Show));
        Assert.Equal([false, false, false, true], output.Select(record => record.IsLastAtPosition));
        Assert.True(row.IsLastAtPosition);
    }

    [Fact]
    public void Default_FillsNullEmptyAndMissing_ButNoValue() =>
        Assert.Equal(
            ["a=x b=x", "a=x b=0", "b=  a=x"],
            Run(new TransformOptions { Defaults = new Dictionary<string, object?> { ["a"] = "x", ["b"] = "x" } }, Make(("a", null), ("b", "")), Make(("a", ""), ("b", 0)), Make(("b", " "))).Select(Show));

    [Fact]
    public void Rename_ToANameThatIsThere_IsRefused() =>
        Assert.Throws<EtlException>(() => Run(new TransformOptions { Renames = new Dictionary<string, string> { ["a"] = "B" } }, Make(("a", 1), ("b", 2))));

    [Fact]
    public void Hash_NullAlone_StaysNull() =>
        Assert.Equal(["a=null h=null"], Run(new TransformOptions { Hashes = [new HashColumn("h", ["a"])] }, Make(("a", null))).Select(Show));

    [Fact]
    public void Hash_SeveralColumns_HashesLengthsAndTexts() =>
        Assert.Equal(
            [$"a=xé b=null h={Sha("3:xé-")}"],
            Run(new TransformOptions { Hashes = [new HashColumn("h", ["a", "b"])] }, Make(("a", "xé"), ("b", null))).Select(Show));

    [Fact]
    public void Column_MissingInSomeRecords_IsNullThere() =>
        Assert.Equal(["b=2 a=1", "b=null a=1"], Run(new TransformOptions { Columns = ["b", "a"] }, Make(("a", 1), ("b", 2)), Make(("a", 1))).Select(Show));

    [Fact]
    public void Shaping_LeavesTheInputAsItWas()
    {
        Record input = Make(("a", " x "), ("b", null));
        Run(new TransformOptions { Trim = true, Defaults = new Dictionary<string, object?> { ["b"] = 1 }, SetColumns = [new SetColumn("a", 9)], Columns = ["b", "a"] }, input);
        Assert.Equal("a= x  b=null", Show(input));
    }

    [Fact]
    public void Shaping_RecordsOfOneSchema_ShareTheNewOne()
    {
        var schema = new Schema(["a"]);
        List<Record> output = Run(new TransformOptions { SetColumns = [new SetColumn("b", 1)], Renames = new Dictionary<string, string> { ["a"] = "x" } }, 2, 4, [.. Enumerable.Range(0, 50).Select(i => new Record(schema, [i]))]);
        Assert.Single(output.Select(record => record.Schema).Distinct());
    }

    [Fact]
    public void Hash_NestedValue_IsThatOfItsJsonInOrder() =>
        Assert.Equal(
            [Sha("{\"a\":[1,\"x\"],\"b\":1.5}")],
            Run(new TransformOptions { Hashes = [new HashColumn("h", ["a"])] }, Make(("a", new JsonValue("{\"b\": 1.50, \"a\": [1.0, \"x\"]}"u8.ToArray())))).Select(record => record[1]));

    private static string Sha(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private sealed class Lists(int[][] value) : RecordBlock
    {
        public override object? GetValue(int row, int column) => value;

        public override SourcePosition GetPosition(int row) => new(new SourceInfo("lists", "/lists"), 1, 0, 1);
    }

    private sealed class Texts(string[] values) : RecordBlock
    {
        private readonly byte[][] _utf8 = [.. values.Select(Encoding.UTF8.GetBytes)];

        public override object? GetValue(int row, int column) => values[column];

        public override bool TryGetUtf8(int row, int column, out ReadOnlySpan<byte> utf8)
        {
            utf8 = _utf8[column];
            return true;
        }

        public override SourcePosition GetPosition(int row) => new(new SourceInfo("texts", "/texts"), 1, 0, 1);
    }
}
