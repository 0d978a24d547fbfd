using System.Globalization;
using System.Text;
using System.Text.Json;
using EtlTools.Engine.Transform;
using EtlTools.Engine.Transform.Rules;

namespace EtlTools.Engine.Tests.Transform;

/// <summary>Rule files: what they say, and where they are wrong.</summary>
public sealed class RuleFileTests
{
    private const string Whole = """
        {
          "$schema": "./rules.schema.json",
          // What the shop sends.
          "columns": {
            "order_id": { "type": "long", "required": true, "unique": true },
            "email": { "requiredString": true, "minLength": 3, "maxLength": 254, "pattern": "^[^@]+@[^@]+$" },
            "amount": { "type": "decimal", "range": [0, 10000.5] },
            "at": { "range": ["2024-01-01", null], "required": false },
            "status": { "allowedValue": ["new", "paid", 7], },
          },
          "unique": ["at", ["order_id", "email"]]
        }
        """;

    [Fact]
    public void Parse_WholeFile_GivesItsRules()
    {
        RuleOptions rules = Parse(Whole);
        Assert.Equal(["order_id"], rules.Required);
        Assert.Equal(["email"], rules.RequiredString);
        Assert.Equal(ColumnType.Decimal, rules.Types["AMOUNT"]);
        Assert.Equal((3, 254), (rules.MinLength["email"], rules.MaxLength["email"]));
        Assert.Equal(["amount", "at"], rules.Ranges.Keys);
        Assert.Equal(["new", "paid", 7m], rules.AllowedValues["status"]);
        Assert.Equal(["order_id", "at", "order_id email"], rules.Unique.Select(columns => string.Join(' ', columns)));
    }

    [Theory]
    [InlineData("{\n \"columns\": {\n  \"a\": { \"maxLength\": -1 } } }", 3, "/columns/a/maxLength: must be a whole number")]
    [InlineData("{ \"colums\": {} }", 1, "/colums: is unknown. Did you mean 'columns'? The names known here are $schema, culture, dateTimeFormat, timeZone, numberNotation, trueValue, falseValue, columns, unique")]
    [InlineData("{ \"columns\": { \"a/b\": { \"type\": \"number\" } } }", 1, "/columns/a~1b/type: must be a type")]
    [InlineData("{ \"columns\": { \"a\": { \"pattern\": \"(\" } } }", 1, "/columns/a/pattern: is not a regular expression")]
    [InlineData("{ \"columns\": { \"a\": { \"range\": [1] } } }", 1, "/columns/a/range: must be a list of two")]
    [InlineData("{ \"columns\": { \"a\": { \"range\": [2, 1] } } }", 1, "/columns/a/range: its first end is larger")]
    [InlineData("{ \"columns\": { \"a\": { \"range\": [{}, 1] } } }", 1, "/columns/a/range/0: must be a text")]
    [InlineData("{ \"columns\": { \"a\": { \"allowedValue\": [] } } }", 1, "/columns/a/allowedValue: must have a value")]
    [InlineData("{ \"columns\": { \"a\": { \"required\": 1 } } }", 1, "/columns/a/required: must be true or false")]
    [InlineData("{ \"columns\": { \"a\": {}, \"A\": {} } }", 1, "/columns/A: occurs twice")]
    [InlineData("{ \"columns\": { \"a\": 7 } }", 1, "/columns/a: must be an object")]
    [InlineData("{ \"unique\": [[]] }", 1, "/unique/0: must name a column")]
    [InlineData("{ \"culture\": \"xx-NOWHERE\" }", 1, "/culture: must be a culture, such as de-DE")]
    [InlineData("{ \"timeZone\": \"Nowhere\" }", 1, "/timeZone: must be a time zone, such as Europe/Berlin")]
    [InlineData("{ \"dateTimeFormat\": [] }", 1, "/dateTimeFormat: must have a format")]
    [InlineData("{ \"columns\": { \"a\": { \"pattern\": \"\\ud800\" } } }", 1, "/columns/a/pattern: is not text in UTF-8")]
    [InlineData("{\n \"columns\": { \"\\udc00\": { } } }", 2, "/columns: is not text in UTF-8")]
    [InlineData("[]", 1, "must be an object")]
    [InlineData("{\n} x", 2, "not JSON")]
    [InlineData("{\n\n \"columns\": ", 3, "not JSON")]
    [InlineData("", 1, "not JSON")]
    public void Parse_BreaksTheSchema_PointsAtThePlace(string json, int line, string says)
    {
        EtlException failure = Assert.Throws<EtlException>(() => Parse(json));
        Assert.Equal(FailureCodes.InvalidRuleFile, failure.Code);
        Assert.Contains($"rules.json:{line}: ", failure.Message, StringComparison.Ordinal);
        Assert.Contains(says, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_Conversion_IsTheFilesWhereTheCallGivesNone()
    {
        byte[] json = Encoding.UTF8.GetBytes("""{ "columns": { "at": { "range": ["2024-06-01T00:00", null] } }, "culture": "de-DE", "dateTimeFormat": "dd.MM.yyyy", "timeZone": "Europe/Berlin" }""");
        ConversionContext file = RuleFile.Parse(json, "rules.json", ConversionContext.None).Conversion;
        Assert.Equal(("de-DE", "dd.MM.yyyy", "Europe/Berlin"), (file.Culture!.Name, Assert.Single(file.DateTimeFormats!), file.TimeZone!.Id));
        var given = new ConversionContext(CultureInfo.InvariantCulture, null, TimeZoneInfo.Utc);
        ConversionContext both = RuleFile.Parse(json, "rules.json", given).Conversion;
        Assert.Equal(("", "dd.MM.yyyy", "UTC"), (both.Culture!.Name, Assert.Single(both.DateTimeFormats!), both.TimeZone!.Id));
    }

    [Fact]
    public void Over_SameRuleTwice_TheParametersCounts()
    {
        RuleOptions merged = new RuleOptions { MaxLength = new Dictionary<string, int> { ["EMAIL"] = 9 }, Required = ["Order_ID", "x"] }.Over(Parse(Whole));
        Assert.Equal(9, Assert.Single(merged.MaxLength).Value);
        Assert.Equal(["Order_ID", "x"], merged.Required);
        Assert.Equal(3, merged.MinLength["email"]);
    }

    [Fact]
    public void PublishedSchema_Properties_AreThoseThatAreRead()
    {
        string path = Path.Combine(AppContext.BaseDirectory, "..", "..", "..", "..", "..", "..", "module", "rules.schema.json");
        using var schema = JsonDocument.Parse(File.ReadAllText(path));
        IEnumerable<string> ofFile = schema.RootElement.GetProperty("properties").EnumerateObject().Select(member => member.Name);
        Assert.Contains($"known here are {string.Join(", ", ofFile)}.", Assert.Throws<EtlException>(() => Parse("""{ "nothing": 1 }""")).Message, StringComparison.Ordinal);
        IEnumerable<string> published = schema.RootElement.GetProperty("$defs").GetProperty("column").GetProperty("properties").EnumerateObject().Select(rule => rule.Name);
        string message = Assert.Throws<EtlException>(() => Parse("""{ "columns": { "a": { "nothing": 1 } } }""")).Message;
        Assert.Contains($"known here are {string.Join(", ", published)}.", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_MissingFile_IsRefused() =>
        Assert.Equal(FailureCodes.FileNotFound, Assert.Throws<EtlException>(() => RuleFile.Read("/no/such/rules.json", ConversionContext.None)).Code);

    private static RuleOptions Parse(string json) => RuleFile.Parse(Encoding.UTF8.GetBytes(json), "rules.json", ConversionContext.None).Rules;
}
