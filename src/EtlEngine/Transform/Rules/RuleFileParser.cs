using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Transform.Rules;

/// <summary>Parses one rule file. Its names are those of the command's parameters.</summary>
internal sealed class RuleFileParser(ConversionContext given)
{
    private static readonly string[] FileNames = ["$schema", "culture", "dateTimeFormat", "timeZone", "numberNotation", "trueValue", "falseValue", "columns", "unique"];

    private static readonly string[] RuleNames =
        ["type", "required", "requiredString", "maxLength", "minLength", "range", "pattern", "allowedValue", "unique"];

    private readonly Dictionary<string, ColumnType> _types = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<string> _required = [];
    private readonly List<string> _requiredString = [];
    private readonly Dictionary<string, int> _maxLength = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, int> _minLength = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, ValueRange> _ranges = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, Regex> _patterns = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, IReadOnlyList<object>> _allowed = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<IReadOnlyList<string>> _unique = [];
    private readonly List<string> _path = [];
    private ConversionOptions _conversion = ConversionOptions.Default;

    /// <summary>The options for converting texts: the given ones, and those of the file.</summary>
    public ConversionContext Conversion { get; private set; } = given;

    public RuleOptions Options => new()
    {
        Types = _types,
        Required = _required,
        RequiredString = _requiredString,
        MaxLength = _maxLength,
        MinLength = _minLength,
        Ranges = _ranges,
        Patterns = _patterns,
        AllowedValues = _allowed,
        Unique = _unique,
    };

    public void ReadFile(ref Utf8JsonReader json)
    {
        // It is read first, wherever it is, because the dates of ranges use its time zone.
        Utf8JsonReader first = json;
        ReadObject(ref first, FileNames, StringComparer.Ordinal, ReadConversion);
        _conversion = Conversion.ToOptions();
        ReadObject(ref json, FileNames, StringComparer.Ordinal, (ref Utf8JsonReader value, string name) =>
        {
            switch (name)
            {
                case "columns":
                    ReadObject(ref value, null, StringComparer.OrdinalIgnoreCase, ReadColumn);
                    break;
                case "unique":
                    ReadArray(ref value, (ref Utf8JsonReader item) => _unique.Add(ReadColumns(ref item)));
                    break;
                case "$schema":
                    ReadText(ref value);
                    break;
                default:
                    value.Skip();
                    break;
            }
        });
    }

    private void ReadConversion(ref Utf8JsonReader json, string name)
    {
        switch (name)
        {
            case "culture":
                CultureInfo culture = NamedConversion.CultureOf(ReadText(ref json)) ?? throw Fault(json, "must be a culture, such as de-DE");
                Conversion = Conversion.Over(ConversionContext.None with { Culture = culture });
                break;
            case "dateTimeFormat":
                List<string> formats = ReadTexts(ref json, "must have a format");
                Conversion = Conversion.Over(ConversionContext.None with { DateTimeFormats = formats });
                break;
            case "timeZone":
                TimeZoneInfo zone = NamedConversion.ZoneOf(ReadText(ref json)) ?? throw Fault(json, "must be a time zone, such as Europe/Berlin");
                Conversion = Conversion.Over(ConversionContext.None with { TimeZone = zone });
                break;
            case "numberNotation":
                string names = string.Join(',', ReadTexts(ref json, "must have a notation"));
                Conversion = Conversion.Over(ConversionContext.None with
                {
                    NumberNotation = !names.AsSpan().ContainsAnyInRange('0', '9') && Enum.TryParse(names, ignoreCase: true, out NumberNotations notation)
                        ? notation
                        : throw Fault(json, $"must be one or more of {string.Join(", ", Enum.GetNames<NumberNotations>())}"),
                });
                break;
            case "trueValue":
                List<string> trueWords = ReadTexts(ref json, "must have a word");
                Conversion = Conversion.Over(ConversionContext.None with { TrueValues = trueWords });
                break;
            case "falseValue":
                List<string> falseWords = ReadTexts(ref json, "must have a word");
                Conversion = Conversion.Over(ConversionContext.None with { FalseValues = falseWords });
                break;
            default:
                json.Skip();
                break;
        }
    }

    private void ReadColumn(ref Utf8JsonReader json, string column) =>
        ReadObject(ref json, RuleNames, StringComparer.Ordinal, (ref Utf8JsonReader value, string rule) => ReadRule(ref value, column, rule));

    private void ReadRule(ref Utf8JsonReader json, string column, string rule)
    {
        switch (rule)
        {
            case "type":
                _types[column] = ColumnTypes.TryParse(ReadText(ref json), out ColumnType type)
                    ? type
                    : throw Fault(json, $"must be a type, one of {string.Join(", ", ColumnTypes.Names)}");
                break;
            case "required" when ReadFlag(ref json):
                _required.Add(column);
                break;
            case "requiredString" when ReadFlag(ref json):
                _requiredString.Add(column);
                break;
            case "unique" when ReadFlag(ref json):
                _unique.Add([column]);
                break;
            case "maxLength":
                _maxLength[column] = ReadLength(ref json);
                break;
            case "minLength":
                _minLength[column] = ReadLength(ref json);
                break;
            case "range":
                _ranges[column] = ReadRange(ref json);
                break;
            case "pattern":
                _patterns[column] = ReadPattern(ref json);
                break;
            case "allowedValue":
                _allowed[column] = ReadValues(ref json);
                break;
        }
    }

    private ValueRange ReadRange(ref Utf8JsonReader json)
    {
        Utf8JsonReader start = json;
        List<object?> ends = [];
        ReadArray(ref json, (ref Utf8JsonReader item) => ends.Add(ReadScalar(ref item)));
        if (ends.Count != 2)
            throw Fault(start, "must be a list of two values, the smallest and the largest; null means no limit");
        try
        {
            return ValueRange.Create(ends[0], ends[1], _conversion);
        }
        catch (ArgumentException e)
        {
            throw Fault(start, e.Message);
        }
    }

    private Regex ReadPattern(ref Utf8JsonReader json)
    {
        try
        {
            return RulePattern.Compile(ReadText(ref json));
        }
        catch (ArgumentException e)
        {
            throw Fault(json, $"is not a regular expression: {e.Message.TrimEnd('.')}");
        }
    }

    private List<object> ReadValues(ref Utf8JsonReader json)
    {
        Utf8JsonReader start = json;
        List<object> values = [];
        ReadArray(ref json, (ref Utf8JsonReader item) => values.Add(ReadScalar(ref item) ?? throw Fault(item, "must not be null; null breaks no rule except required")));
        return values.Count > 0 ? values : throw Fault(start, "must have a value");
    }

    private List<string> ReadColumns(ref Utf8JsonReader json) => ReadTexts(ref json, "must name a column");

    /// <summary>A text, or a list of texts.</summary>
    private List<string> ReadTexts(ref Utf8JsonReader json, string noneMessage)
    {
        Utf8JsonReader start = json;
        List<string> texts = [];
        if (json.TokenType == JsonTokenType.StartArray)
            ReadArray(ref json, (ref Utf8JsonReader item) => texts.Add(ReadText(ref item)));
        else
            texts.Add(ReadText(ref json));
        return texts.Count > 0 ? texts : throw Fault(start, noneMessage);
    }

    private int ReadLength(ref Utf8JsonReader json) =>
        json.TokenType == JsonTokenType.Number && json.TryGetInt32(out int length) && length >= 0
            ? length
            : throw Fault(json, "must be a whole number of 0 or more");

    private bool ReadFlag(ref Utf8JsonReader json) =>
        json.TokenType is JsonTokenType.True or JsonTokenType.False ? json.GetBoolean() : throw Fault(json, "must be true or false");

    private string ReadText(ref Utf8JsonReader json) =>
        json.TokenType == JsonTokenType.String ? TakeText(ref json) : throw Fault(json, "must be a text");

    private string TakeText(ref Utf8JsonReader json) =>
        JsonString.TryRead(ref json, out string? text) ? text : throw Fault(json, "is not text in UTF-8, or has half a surrogate pair");

    private object? ReadScalar(ref Utf8JsonReader json) => json.TokenType switch
    {
        JsonTokenType.Null => null,
        JsonTokenType.True => true,
        JsonTokenType.False => false,
        JsonTokenType.String => TakeText(ref json),
        JsonTokenType.Number => json.TryGetDecimal(out decimal number) ? number : throw Fault(json, "is a number beyond the range of a decimal"),
        _ => throw Fault(json, "must be a text, a number, true, false or null"),
    };

    private void ReadObject(ref Utf8JsonReader json, string[]? names, StringComparer comparer, MemberReader read)
    {
        if (json.TokenType != JsonTokenType.StartObject)
            throw Fault(json, "must be an object");
        var seen = new HashSet<string>(comparer);
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            string name = TakeText(ref json);
            _path.Add(name);
            if (names is not null && !names.Contains(name))
                throw Fault(json, $"is unknown.{NearName.Hint(name, names)} The names known here are {string.Join(", ", names)}");
            if (name.Length == 0)
                throw Fault(json, "must have a name");
            if (!seen.Add(name))
                throw Fault(json, "occurs twice");
            json.Read();
            read(ref json, name);
            _path.RemoveAt(_path.Count - 1);
        }
    }

    private void ReadArray(ref Utf8JsonReader json, ItemReader read)
    {
        if (json.TokenType != JsonTokenType.StartArray)
            throw Fault(json, "must be a list");
        for (int i = 0; json.Read() && json.TokenType != JsonTokenType.EndArray; i++)
        {
            _path.Add(i.ToString(CultureInfo.InvariantCulture));
            read(ref json);
            _path.RemoveAt(_path.Count - 1);
        }
    }

    private RuleFileException Fault(in Utf8JsonReader json, string message) => new(
        json.TokenStartIndex,
        string.Concat(_path.Select(part => $"/{part.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal)}")),
        message);

    private delegate void MemberReader(ref Utf8JsonReader json, string name);

    private delegate void ItemReader(ref Utf8JsonReader json);
}
