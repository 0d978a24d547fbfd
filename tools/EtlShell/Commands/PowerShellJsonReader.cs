using System.Globalization;
using System.Management.Automation;
using System.Numerics;
using System.Text.Json;

namespace Microsoft.PowerShell.Commands;

/// <summary>JSON as ConvertFrom-Json reads it: custom objects or ordered hashtables, whole numbers as Int64, ISO dates as DateTime.</summary>
internal sealed class PowerShellJsonReader(bool asHashtable, int depth)
{
    private readonly JsonDocumentOptions _options = new()
    {
        AllowTrailingCommas = true,
        CommentHandling = JsonCommentHandling.Skip,
        MaxDepth = depth,
    };

    public bool CanRead(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text, _options);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    public object? Read(string text)
    {
        using var document = JsonDocument.Parse(text, _options);
        return Value(document.RootElement);
    }

    private object? Value(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => asHashtable ? Table(element) : Bag(element),
        JsonValueKind.Array => element.EnumerateArray().Select(Value).ToArray(),
        JsonValueKind.String => Text(element.GetString()!),
        JsonValueKind.Number => Number(element),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => null,
    };

    private OrderedHashtable Table(JsonElement element)
    {
        var table = new OrderedHashtable();
        foreach (JsonProperty property in element.EnumerateObject())
            table[property.Name] = Value(property.Value);
        return table;
    }

    private PSObject Bag(JsonElement element)
    {
        var bag = new PSObject();
        foreach (JsonProperty property in element.EnumerateObject())
        {
            if (bag.Properties[property.Name] is not null)
                throw new JsonException($"The property '{property.Name}' occurs twice in an object; use -AsHashtable where names differ only in case.");
            bag.Properties.Add(new PSNoteProperty(property.Name, Value(property.Value)));
        }

        return bag;
    }

    private static object Text(string text)
    {
        bool looksLikeDate = text.Length >= 19 && text[4] == '-' && text[10] == 'T';
        return looksLikeDate && DateTime.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out DateTime date) ? date : text;
    }

    private static object Number(JsonElement element)
    {
        string text = element.GetRawText();
        if (text.AsSpan().IndexOfAny(".eE") >= 0)
            return element.GetDouble();
        return element.TryGetInt64(out long whole) ? whole : (object)BigInteger.Parse(text, CultureInfo.InvariantCulture);
    }
}
