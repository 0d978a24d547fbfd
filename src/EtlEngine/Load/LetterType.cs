using System.Text.Json;

namespace EtlTools.Engine.Load;

/// <summary>The type of a value of a dead letter where its JSON does not tell it: a name, or, of a list or an object, the types
/// of what is inside, by name or index.</summary>
internal sealed class LetterType
{
    private readonly string? _name;
    private readonly List<(string Name, LetterType Type)> _inside;

    private LetterType(string? name, List<(string, LetterType)> inside)
    {
        _name = name;
        _inside = inside;
    }

    public static LetterType? Of(string? name) => name is null ? null : new LetterType(name, []);

    public static LetterType? Of(List<(string, LetterType)> inside) => inside.Count == 0 ? null : new LetterType(null, inside);

    public void WriteTo(Utf8JsonWriter json)
    {
        if (_name is not null)
        {
            json.WriteStringValue(_name);
            return;
        }
        json.WriteStartObject();
        foreach ((string name, LetterType type) in _inside)
        {
            json.WritePropertyName(name);
            type.WriteTo(json);
        }
        json.WriteEndObject();
    }
}
