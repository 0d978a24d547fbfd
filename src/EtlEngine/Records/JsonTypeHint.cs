using System.Text.Json;

namespace EtlTools.Engine.Records;

/// <summary>The type of a value in a dead letter if JSON does not show it: a name, or for a list or an object the types of its contents, by
/// name or index.</summary>
internal sealed class JsonTypeHint
{
    private readonly string? _name;
    private readonly List<(string Name, JsonTypeHint Type)> _inside;

    private JsonTypeHint(string? name, List<(string, JsonTypeHint)> inside)
    {
        _name = name;
        _inside = inside;
    }

    public static JsonTypeHint? Of(string? name) => name is null ? null : new JsonTypeHint(name, []);

    public static JsonTypeHint? Of(List<(string, JsonTypeHint)> inside) => inside.Count == 0 ? null : new JsonTypeHint(null, inside);

    public void WriteTo(Utf8JsonWriter json)
    {
        if (_name is not null)
        {
            json.WriteStringValue(_name);
            return;
        }
        json.WriteStartObject();
        foreach ((string name, JsonTypeHint type) in _inside)
        {
            json.WritePropertyName(name);
            type.WriteTo(json);
        }
        json.WriteEndObject();
    }
}
