using System.Text;
using System.Text.Json;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Load.Postgres;

/// <summary>hstore: keys with a text or null each. An object's values become texts; nested values become JSON.</summary>
/// <param name="Name">The type as statements write it.</param>
internal sealed record PostgresHstore(string Name) : PostgresReadByServer(Name)
{
    public override string Takes => "keys with texts, as an object or as \"key\"=>\"text\"";

    public override bool IsHashable => false;

    protected override string? FromText(PostgresBuffer buffer, ReadOnlySpan<byte> utf8) => PutText(buffer, utf8);

    protected override string? FromValue(PostgresBuffer buffer, Utf8Scratch scratch, object value)
    {
        var json = JsonValue.ForColumn(value);
        if (json.WhyIncomplete is { } why)
            return why;
        using var document = JsonDocument.Parse(json.Utf8, new JsonDocumentOptions { MaxDepth = JsonValue.MaxDepth });
        if (document.RootElement.ValueKind != JsonValueKind.Object)
            return Wrong;
        var pairs = new StringBuilder();
        foreach (JsonProperty property in document.RootElement.EnumerateObject())
        {
            if (pairs.Length > 0)
                pairs.Append(',');
            Quote(pairs, property.Name).Append("=>");
            if (property.Value.ValueKind == JsonValueKind.Null)
                pairs.Append("NULL");
            else
                Quote(pairs, property.Value.ToString());
        }
        return FromChars(buffer, scratch, pairs.ToString());
    }

    private static StringBuilder Quote(StringBuilder pairs, string text) =>
        pairs.Append('"').Append(text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)).Append('"');
}
