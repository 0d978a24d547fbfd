using System.Globalization;
using System.Text;
using System.Text.Json;
using CsCheck;
using EtlTools.Engine.Extract.Json;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Tests.Extract.Json;

/// <summary>Whatever the items are and however the bytes come, they are read as System.Text.Json reads them.</summary>
public class JsonPropertyTests
{
    private static readonly Gen<string> Text = Gen.OneOf(
        Gen.String[Gen.Char.AlphaNumeric, 0, 8],
        OneOf("é", "\"", "\\", "\n", "😀", "]},{", "\u0000", "[\"").Array[0, 4].Select(string.Concat));

    private static readonly Gen<string> Scalar = Gen.OneOf(
        Gen.Long.Select(n => n.ToString(CultureInfo.InvariantCulture)),
        Gen.Decimal.Select(n => n.ToString(CultureInfo.InvariantCulture)),
        OneOf("true", "false", "null", "-0", "1E2", "0.5e-7"),
        Text.Select(text => JsonSerializer.Serialize(text)));

    private static readonly Gen<string> Value = Gen.Frequency(
        (6, Scalar),
        (1, Scalar.Array[0, 3].Select(values => $"[{string.Join(" , ", values)}]")),
        (1, Scalar.Array[0, 3].Select(values => $"{{{string.Join(",", values.Select((value, i) => $"\"m{i}\": {value}"))}}}")));

    private static readonly Gen<string> Item = Gen.Select(
        OneOf("a", "b", "é", "x y").Array[0, 4].Select(names => names.Distinct().ToArray()), Value.Array[4, 4],
        (names, values) => $"{{{string.Join(", ", names.Select((name, i) => $"{JsonSerializer.Serialize(name)}:{values[i]}"))}}}");

    private static Gen<string> OneOf(params string[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    [Fact]
    public void Read_AnyItems_AsTheLibraryReadsThem() =>
        Gen.Select(Item.Array[0, 30], Gen.Int[1, 64], Gen.Int[1, 10], Gen.Bool).Sample(
            (items, piece, maxItems, lines) =>
            {
                string text = lines ? string.Join("\n", items) : $"{{\"n\":[[{{}}]],\"items\":[{string.Join(",\n", items)}],\"next\":\"c\"}}";
                JsonFormat format = lines ? JsonReading.Lines : JsonReading.Items("items", "next");
                var (records, reader) = JsonReading.ReadAsync(Encoding.UTF8.GetBytes(text), format, piece, maxItems).GetAwaiter().GetResult();
                return records.Count == items.Length
                    && (lines || reader.Envelope.Watched[0].Found.Some == "\"c\"")
                    && records.Zip(items).All(pair => Same(pair.First, pair.Second));
            },
            iter: 2000, threads: 1);

    private static bool Same(Record record, string item)
    {
        using var document = JsonDocument.Parse(item);
        JsonProperty[] members = [.. document.RootElement.EnumerateObject()];
        return record.Error is null
            && record.Schema.Names.SequenceEqual(members.Select(member => member.Name))
            && members.Select((member, i) => Same(record[i], member.Value)).All(same => same);
    }

    private static bool Same(object? value, JsonElement expected) => expected.ValueKind switch
    {
        JsonValueKind.Null => value is null,
        JsonValueKind.True => value is true,
        JsonValueKind.False => value is false,
        JsonValueKind.String => value is string text && text == expected.GetString(),
        JsonValueKind.Number => value is not null && Convert.ToDecimal(value, CultureInfo.InvariantCulture) == expected.GetDecimal(),
        _ => value is JsonValue nested && IsReadable(nested.ToString(), expected),
    };

    /// <summary>The same value, with characters in place of codes.</summary>
    private static bool IsReadable(string json, JsonElement expected)
    {
        using var document = JsonDocument.Parse(json);
        return JsonElement.DeepEquals(document.RootElement, expected)
            && (expected.GetRawText().Contains("\\u", StringComparison.Ordinal) ? !json.Contains("\\u00E9", StringComparison.Ordinal) : json == expected.GetRawText());
    }
}
