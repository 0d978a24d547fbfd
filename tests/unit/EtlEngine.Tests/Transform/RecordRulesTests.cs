using EtlTools.Engine.Records;
using EtlTools.Engine.Transform;

namespace EtlTools.Engine.Tests.Transform;

/// <summary>Declared rules: what breaks them, and what a failed record keeps.</summary>
public sealed class RecordRulesTests
{
    [Theory]
    [InlineData(null, false)]
    [InlineData("", false)]
    [InlineData(" ", true)]
    [InlineData(0, true)]
    [InlineData(false, true)]
    public void Apply_Required_TakesEveryValueButNullAndEmptyText(object? value, bool passes)
    {
        Record result = Apply(new TransformOptions { Required = ["a"] }, ("a", value));
        Assert.Equal(passes ? null : ErrorCodes.RequiredMissing, result.Error?.Code);
    }

    [Fact]
    public void Apply_RequiredColumnMissing_NamesIt()
    {
        RecordError error = Apply(new TransformOptions { Required = ["b"] }, ("a", 1)).Error!;
        Assert.Equal((ErrorCodes.RequiredMissing, "b"), (error.Code, error.Column));
    }

    [Theory]
    [InlineData("abc", 3, true)]
    [InlineData("abcd", 3, false)]
    [InlineData(null, 0, true)]
    [InlineData(1234, 3, false)]
    public void Apply_MaxLength_CountsCharacters(object? value, int limit, bool passes) =>
        Assert.Equal(passes, Apply(new TransformOptions { MaxLength = new Dictionary<string, int> { ["A"] = limit } }, ("a", value)).Error is null);

    [Fact]
    public void Apply_Type_ConvertsBeforeTheRulesAndLeavesTheInputAsItWas()
    {
        var input = new Record(new Schema(["n"]), ["7"]);
        Record result = new RecordRules(new TransformOptions { Types = new Dictionary<string, ColumnType> { ["n"] = ColumnType.Int } }).Apply(input, NewError);
        Assert.Equal(7, result[0]);
        Assert.Equal("7", input[0]);
    }

    [Fact]
    public void Apply_SeveralBreaches_ReportsAllAndKeepsTheValuesThatCameIn()
    {
        var options = new TransformOptions
        {
            Types = new Dictionary<string, ColumnType> { ["n"] = ColumnType.Int, ["m"] = ColumnType.Int },
            Required = ["x"],
        };
        Record result = Apply(options, ("n", "secret"), ("m", "1"), ("x", null));
        Assert.Equal("Column 'n' holds no int; the required column 'x' is null.", result.Error!.Message);
        Assert.Equal("1", result[1]);
    }

    [Fact]
    public void UnseenColumns_ColumnThatNoRecordHad_IsTold()
    {
        var rules = new RecordRules(new TransformOptions { Types = new Dictionary<string, ColumnType> { ["N"] = ColumnType.Int, ["typo"] = ColumnType.Int } });
        rules.Apply(new Record(new Schema(["n"]), ["7"]), NewError);
        Assert.Equal(["typo"], rules.UnseenColumns);
    }

    private static Record Apply(TransformOptions options, params (string Name, object? Value)[] columns) =>
        new RecordRules(options).Apply(new Record(new Schema(columns.Select(c => c.Name)), [.. columns.Select(c => c.Value)]), NewError);

    private static RecordError NewError(string code, string message, string? column, string? detail) =>
        new() { Code = code, Message = message, Column = column, Detail = detail };
}
