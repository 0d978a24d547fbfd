using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace EtlTools.Engine.Extract.Api;

/// <summary>Sets values in a JSON body, such as the next page's cursor.</summary>
internal static class ApiBodyEdit
{
    /// <summary>The body with values set.</summary>
    /// <param name="body">The body.</param>
    /// <param name="values">Values as JSON, by their paths of names and element numbers with dots between. Missing members on the way are
    /// created.</param>
    /// <exception cref="EtlException">The path does not exist in the body.</exception>
    public static byte[] Set(byte[] body, IEnumerable<KeyValuePair<string, string>> values)
    {
        JsonObject root = Parse(body);
        foreach ((string path, string json) in values)
            Set(root, path, JsonNode.Parse(json));
        return JsonSerializer.SerializeToUtf8Bytes(root, Options);
    }

    /// <summary>The value at a path, without the quotes of a text; null if there is none.</summary>
    /// <exception cref="EtlException">The body is not a JSON object.</exception>
    public static string? ValueAt(byte[] body, string path)
    {
        JsonNode? node = Parse(body);
        foreach (string name in path.Split('.'))
            node = node is null ? null : Child(node, name);
        return node is JsonValue value ? value.ToString() : null;
    }

    private static JsonObject Parse(byte[] body)
    {
        try
        {
            return JsonNode.Parse(body) as JsonObject ?? throw Invalid("it is not an object");
        }
        catch (JsonException)
        {
            throw Invalid("it is not valid JSON");
        }
    }

    private static JsonSerializerOptions Options { get; } = new() { Encoder = Records.JsonText.WriterOptions.Encoder };

    private static void Set(JsonNode node, string path, JsonNode? value)
    {
        string[] names = path.Split('.');
        for (int i = 0; i < names.Length - 1; i++)
            node = Child(node, names[i]) ?? Make(node, names[i], path);
        Put(node, names[^1], value, path);
    }

    private static JsonNode? Child(JsonNode node, string name) => node switch
    {
        JsonObject map => map[name],
        JsonArray list when IndexIn(list, name) is { } index => list[index],
        _ => null,
    };

    private static JsonObject Make(JsonNode node, string name, string path)
    {
        var made = new JsonObject();
        Put(node, name, made, path);
        return made;
    }

    private static void Put(JsonNode node, string name, JsonNode? value, string path)
    {
        if (node is JsonObject map)
            map[name] = value;
        else if (node is JsonArray list && IndexIn(list, name) is { } index)
            list[index] = value;
        else
            throw Invalid($"it has no place '{path}'");
    }

    private static int? IndexIn(JsonArray list, string name) =>
        int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int index) && index < list.Count ? index : null;

    private static EtlException Invalid(string why) => new(
        FailureCodes.InvalidParameter, FailureKind.InvalidCall, $"-ParametersInBody cannot set values in -Body: {why}.");
}
