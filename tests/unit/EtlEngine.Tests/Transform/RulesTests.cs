using EtlTools.Engine.Records;
using EtlTools.Engine.Transform;
using EtlTools.Engine.Transform.Rules;
using static EtlTools.Engine.Tests.Transform.Transforming;

namespace EtlTools.Engine.Tests.Transform;

/// <summary>Declarative rules: what breaks them, and what a failed record keeps.</summary>
public sealed class RulesTests
{
    [Theory]
    [InlineData(null, false)]
    [InlineData("", false)]
    [InlineData(" ", true)]
    [InlineData(0, true)]
    [InlineData(false, true)]
    public void Required_TakesEveryValueButNullAndEmptyText(object? value, bool passes) =>
        Assert.Equal(passes ? null : ErrorCodes.RequiredMissing, One(new RuleOptions { Required = ["a"] }, ("A", value)).Error?.Code);

    [Theory]
    [InlineData(null, false)]
    [InlineData("", false)]
    [InlineData(" \t\u00a0", false)]
    [InlineData(7, false)]
    [InlineData("x", true)]
    public void RequiredString_TakesTextThatIsNotBlank(object? value, bool passes) =>
        Assert.Equal(passes ? null : ErrorCodes.RequiredStringMissing, One(new RuleOptions { RequiredString = ["a"] }, ("A", value)).Error?.Code);

    [Fact]
    public void Required_ColumnMissing_NamesIt()
    {
        RecordError error = One(new RuleOptions { Required = ["b"], RequiredString = ["c"] }, ("a", 1)).Error!;
        Assert.Equal((ErrorCodes.RequiredMissing, "b"), (error.Code, error.Column));
        Assert.Equal("The required column 'b' is missing; the required column 'c' is missing.", error.Message);
    }

    [Fact]
    public void Required_ColumnMissing_NamesOneThatMayBeMeant() =>
        Assert.Equal("The required column 'id' is missing, but there is a column 'id '.", One(new RuleOptions { Required = ["id"] }, ("id ", 1)).Error!.Message);

    [Theory]
    [InlineData("abc", 3, 3, null)]
    [InlineData("abcd", 0, 3, ErrorCodes.MaxLengthExceeded)]
    [InlineData("ab", 3, 9, ErrorCodes.MinLengthNotReached)]
    [InlineData(null, 1, 1, null)]
    [InlineData(1234, 0, 3, ErrorCodes.MaxLengthExceeded)]
    [InlineData("", 1, 3, ErrorCodes.MinLengthNotReached)]
    public void Length_CountsCharacters(object? value, int least, int most, string? code) =>
        Assert.Equal(code, One(new RuleOptions { MaxLength = Of("a", most), MinLength = Of("a", least) }, ("A", value)).Error?.Code);

    [Theory]
    [InlineData(5, 5, 10, true)]
    [InlineData("10.0", 5, 10, true)]
    [InlineData("10.01", 5, 10, false)]
    [InlineData(4.9999999999, 5, 10, false)]
    [InlineData(double.NaN, 5, 10, false)]
    [InlineData(1e300, 5, null, true)]
    [InlineData(-1e300, null, 10, true)]
    [InlineData("abc", 5, 10, false)]
    [InlineData(null, 5, 10, true)]
    [InlineData(1_000_000, 5, null, true)]
    [InlineData("2024-02-29", "2024-01-01", "2024-12-31", true)]
    [InlineData("2023-12-31T23:59:59", "2024-01-01", null, false)]
    [InlineData("7", "2024-01-01", null, false)]
    public void Range_ComparesNumbersAndDates(object? value, object? least, object? most, bool passes)
    {
        Record record = One(new RuleOptions { Ranges = Of("a", ValueRange.Create(least, most, ConversionOptions.Default)) }, ("a", value));
        Assert.Equal(passes ? null : ErrorCodes.OutOfRange, record.Error?.Code);
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData(2, 1)]
    [InlineData("a", 1)]
    [InlineData("2024-01-01", 1)]
    public void Range_EndsThatCannotBe_AreRefused(object? least, object? most) =>
        Assert.Throws<ArgumentException>(() => ValueRange.Create(least, most, ConversionOptions.Default));

    [Fact]
    public void Range_Dates_AreReadInTheTimeZone()
    {
        var berlin = new ConversionOptions { TimeZone = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin") };
        var options = new TransformOptions
        {
            Conversion = ConversionContext.Of(berlin),
            Rules = new RuleOptions { Types = Of("a", ColumnType.DateTime), Ranges = Of("a", ValueRange.Create("2024-06-01T00:00", null, berlin)) },
        };
        List<Record> output = Run(options, Make(("a", "2024-06-01T00:00:00")), Make(("a", "2024-05-31T22:30:00Z")), Make(("a", "2024-05-31T21:59:59Z")));
        Assert.Equal([null, null, ErrorCodes.OutOfRange], output.Select(record => record.Error?.Code));
        Assert.Equal(new DateTime(2024, 5, 31, 22, 0, 0, DateTimeKind.Utc), output[0][0]);
    }

    [Theory]
    [InlineData("DE", true)]
    [InlineData("de", false)]
    [InlineData("DEU", false)]
    [InlineData(null, true)]
    public void Pattern_IsCaseSensitive(object? value, bool passes) =>
        Assert.Equal(passes ? null : ErrorCodes.PatternMismatch, One(new RuleOptions { Patterns = Of("a", RulePattern.Compile("^[A-Z]{2}$")) }, ("a", value)).Error?.Code);

    [Fact]
    public void Pattern_RunawayMatch_IsGivenUp()
    {
        // The back-reference needs the backtracking engine.
        Record record = One(new RuleOptions { Patterns = Of("a", RulePattern.Compile(@"^(a+)+\1$")) }, ("a", new string('a', 40) + "!"));
        Assert.Contains("longer than 1 s", record.Error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Pattern_WithoutBacktracking_IsLinear() =>
        Assert.Equal(ErrorCodes.PatternMismatch, One(new RuleOptions { Patterns = Of("a", RulePattern.Compile("^(a+)+$")) }, ("a", new string('a', 100_000) + "!")).Error?.Code);

    [Theory]
    [InlineData("new", true)]
    [InlineData("New", false)]
    [InlineData(1, true)]
    [InlineData(1.0, true)]
    [InlineData("1", true)]
    [InlineData(2, false)]
    [InlineData(null, true)]
    public void AllowedValue_ComparesTextsAndNumbers(object? value, bool passes) =>
        Assert.Equal(passes ? null : ErrorCodes.ValueNotAllowed, One(new RuleOptions { AllowedValues = Of<IReadOnlyList<object>>("a", ["new", 1.00m]) }, ("a", value)).Error?.Code);

    [Fact]
    public void Rules_SeveralBroken_AreToldTogetherAndTheValuesThatCameInKept()
    {
        var rules = new RuleOptions { Types = new Dictionary<string, ColumnType> { ["n"] = ColumnType.Int, ["m"] = ColumnType.Int }, Required = ["x"], MaxLength = Of("y", 2) };
        Record result = One(rules, ("n", "secret"), ("m", "1"), ("x", null), ("y", "long"));
        Assert.Equal("'n' is not an int in the invariant culture, like 1234; give its -Culture; the required column 'x' is null; column 'y' has 4 characters, more than -MaxLength 2.", result.Error!.Message);
        Assert.Equal((ErrorCodes.ConversionFailed, "n"), (result.Error.Code, result.Error.Column));
        Assert.Equal("n=secret m=1 x=null y=long", Show(result));
    }

    [Fact]
    public void Type_ConvertsBeforeTheRulesAndLeavesTheInputAsItWas()
    {
        Record input = Make(("n", "7"));
        Record output = Assert.Single(Run(new TransformOptions { Rules = new RuleOptions { Types = Of("n", ColumnType.Int), Ranges = Of("n", ValueRange.Create(7, 7, ConversionOptions.Default)) } }, input));
        Assert.Equal((7, "7"), (output[0], input[0]));
    }

    [Fact]
    public void UnseenColumns_ColumnThatNoRecordHad_IsToldWithTheNearestName()
    {
        var transform = new RecordTransform(new TransformOptions { Rules = new RuleOptions { MaxLength = Of("emial", 5) } });
        transform.InputOf(new Schema(["id", "email"]));
        Assert.Equal("No record had the column 'emial' that -MaxLength names. Did you mean 'email'?", Assert.Single(transform.UnseenColumns));
    }

    [Fact]
    public void FixedColumns_UnknownColumn_IsRefusedAtTheFirstSchemaOnly()
    {
        var options = new TransformOptions { Rules = new RuleOptions { MaxLength = Of("email", 5) } };
        var transform = new RecordTransform(options, () => true);
        Assert.Equal(FailureCodes.UnknownColumn, Assert.Throws<EtlException>(() => transform.InputOf(new Schema(["emial"]))).Code);
        transform = new RecordTransform(options, () => true);
        transform.InputOf(new Schema(["email"]));
        transform.InputOf(new Schema(["other"]));
    }

    [Fact]
    public void FixedColumns_RequiredColumnThatIsMissing_IsRefused()
    {
        var options = new TransformOptions { Rules = new RuleOptions { Required = ["emial"], RequiredString = ["id"] } };
        EtlException e = Assert.Throws<EtlException>(() => new RecordTransform(options, () => true).InputOf(new Schema(["id", "email"])));
        Assert.Equal("-Required names the column 'emial', which the records do not have. Their columns are id, email. Did you mean 'email'?", e.Message);
        // Of others, each record without it fails.
        var transform = new RecordTransform(options, () => false);
        transform.InputOf(new Schema(["id", "email"]));
        Assert.Empty(transform.UnseenColumns);
        new RecordTransform(options with { Defaults = Of<object?>("emial", "x") }, () => true).InputOf(new Schema(["id", "email"]));
    }

    [Fact]
    public void Rules_OfAValueThatIsNotConvertedOrMissing_AreToldOnce()
    {
        var rules = new RuleOptions
        {
            Types = Of("n", ColumnType.Int),
            Ranges = Of("n", ValueRange.Create(1, 2, ConversionOptions.Default)),
            RequiredString = ["s"],
            Patterns = Of("s", RulePattern.Compile("x")),
            MaxLength = Of("t", 1),
            AllowedValues = Of<IReadOnlyList<object>>("t", ["a"]),
        };
        Assert.Equal(
            "'n' is not an int in the invariant culture, like 1234; give its -Culture; the required column 's' is blank; column 't' has 2 characters, more than -MaxLength 1; column 't' is not one of the 1 values of -AllowedValue.",
            One(rules, ("n", "abc"), ("s", " "), ("t", "bc")).Error!.Message);
    }

    [Fact]
    public void Validate_NothingCanHaveBothLengths_IsRefused() =>
        Assert.Throws<EtlException>(() => new RecordTransform(new TransformOptions { Rules = new RuleOptions { MinLength = Of("a", 3), MaxLength = Of("A", 2) } }));

    private static Dictionary<string, T> Of<T>(string column, T value) => new(StringComparer.OrdinalIgnoreCase) { [column] = value };
}
