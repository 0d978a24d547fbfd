using System.Collections;
using System.Text;
using CsCheck;
using EtlTools.Engine.Records;
using EtlTools.Engine.Transform;
using EtlTools.Engine.Transform.Rules;
using static EtlTools.Engine.Tests.Transform.Transforming;

namespace EtlTools.Engine.Tests.Transform;

/// <summary>-Unique: the first of equal records in the input's order is the good one, whichever worker has it.</summary>
public sealed class UniqueTests
{
    [Fact]
    public void Unique_SeveralWorkers_KeepsTheFirstOfTheInput() =>
        Gen.Select(Gen.Int[0, 20].Array[0, 300], Gen.Int[1, 4], Gen.Int[1, 40]).Sample(
            (values, workers, buffer) =>
            {
                Record[] records = [.. values.Select((value, i) => Make(("n", value), ("row", i)))];
                List<Record> output = Run(Unique(["n"]), workers, buffer, records);
                Assert.Equal(Enumerable.Range(0, values.Length), output.Select(record => (int)record[1]!));
                var seen = new HashSet<int>();
                Assert.All(output, record => Assert.Equal(seen.Add((int)record[0]!), record.Error is null));
            },
            iter: 60);

    [Fact]
    public void Unique_RecordThatFailsAnyway_LeavesItsValueToTheNext()
    {
        var options = new TransformOptions { Rules = new RuleOptions { Required = ["r"], Unique = [["n"]] } };
        List<Record> output = Run(options, Make(("n", 1), ("r", null)), Make(("n", 1), ("r", 1)), Make(("n", 1), ("r", null)));
        Assert.Equal([ErrorCodes.RequiredMissing, null, ErrorCodes.RequiredMissing], output.Select(record => record.Error?.Code));
        Assert.Equal("The required column 'r' is null; an earlier record has the same value of 'n' (-Unique).", output[2].Error!.Message);
    }

    [Fact]
    public void Unique_Combination_ComparesAllItsColumnsAndKeepsThemApart()
    {
        List<Record> output = Run(Unique(["a", "b"]), Make(("a", "x"), ("b", "yz")), Make(("a", "xy"), ("b", "z")), Make(("a", "x"), ("b", null)), Make(("a", "x"), ("b", "yz")));
        Assert.Equal([null, null, null, ErrorCodes.DuplicateValue], output.Select(record => record.Error?.Code));
    }

    [Fact]
    public void Unique_NullsAndMissingColumns_AreNoDuplicates() =>
        Assert.All(Run(Unique(["a"]), Make(("a", null)), Make(("a", null)), Make(("b", 1)), Make(("b", 1))), record => Assert.Null(record.Error));

    [Fact]
    public void Unique_NumbersAndLists_AreComparedByValue()
    {
        List<Record> output = Run(Unique(["a"]), Make(("a", 1)), Make(("a", 1.00m)), Make(("a", "1")), Make(("a", new[] { 1, 2 })), Make(("a", new[] { 12 })), Make(("a", new[] { 1, 2 })));
        Assert.Equal([true, false, false, true, true, false], output.Select(record => record.Error is null));
    }

    [Theory]
    [InlineData("{\"a\":1,\"b\":{\"c\":2,\"d\":3}}", "{ \"b\": {\"d\":3.0,\"c\":2}, \"a\": 1.00 }", true)]
    [InlineData("[1]", "[1.0]", true)]
    [InlineData("[1,2]", "[2,1]", false)]
    [InlineData("{\"a\":1}", "{\"A\":1}", false)]
    [InlineData("{\"a\":\"1\"}", "{\"a\":1}", false)]
    [InlineData("{\"\\ud800\":1}", "{\"\\ud800\":1.0}", true)]
    public void Unique_NestedValues_AreComparedAsJson(string first, string second, bool isEqual)
    {
        foreach (string[] columns in new[] { new[] { "n" }, ["n", "m"] })
        {
            List<Record> output = Run(Unique(columns), Make(("n", Json(first)), ("m", 1)), Make(("n", Json(second)), ("m", 1)));
            Assert.Equal(isEqual ? ErrorCodes.DuplicateValue : null, output[1].Error?.Code);
        }
    }

    [Fact]
    public void Unique_ObjectsOfTheHostAndJson_AreEqual()
    {
        object[] values = [Json("{\"b\":[1.50,2],\"a\":1}"), new Hashtable { ["a"] = 1.0, ["b"] = new object[] { 1.5m, 2 } }, "{\"a\":1,\"b\":[1.5,2]}"];
        Assert.Equal([true, false, true], Run(Unique(["n"]), [.. values.Select(value => Make(("n", value)))]).Select(record => record.Error is null));
    }

    [Fact]
    public void Transform_ListInsideItself_FailsItsRecordAlone()
    {
        var list = new List<object?>();
        list.Add(list);
        TransformOptions[] all =
        [
            Unique("m", "n"), new() { Hashes = [new HashColumn("h", ["n"])] }, new() { Rules = new RuleOptions { MaxLength = new Dictionary<string, int> { ["n"] = 5 } } },
            new() { Rules = new RuleOptions { Types = new Dictionary<string, ColumnType> { ["n"] = ColumnType.String } } },
        ];
        foreach (TransformOptions options in all)
        {
            List<Record> output = Run(options, Make(("n", "a"), ("m", 1)), Make(("n", list), ("m", 1)), Make(("n", "b"), ("m", 1)));
            Assert.Equal([null, ErrorCodes.ConversionFailed, null], output.Select(record => record.Error?.Code));
            Assert.Contains("inside itself", output[1].Error!.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Unique_MoreValuesThanTheLimit_EndsTheRun()
    {
        var options = new TransformOptions { Rules = new RuleOptions { Unique = [["n"]], UniqueLimit = 2 } };
        Run(options, Make(("n", 1)), Make(("n", 2)), Make(("n", 1)));
        EtlException failure = Assert.Throws<EtlException>(() => Run(options, Make(("n", 1)), Make(("n", 2)), Make(("n", 3))));
        Assert.Equal(FailureCodes.UniqueLimitReached, failure.Code);
    }

    private static TransformOptions Unique(params string[] columns) => new() { Rules = new RuleOptions { Unique = [columns] } };

    private static JsonValue Json(string text) => new(Encoding.UTF8.GetBytes(text));
}
