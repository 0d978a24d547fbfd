namespace EtlTools.Engine.Extract.Json;

/// <summary>A place in a document: the names of nested members, or the document itself.</summary>
internal sealed class JsonPath
{
    private readonly string _text;

    private JsonPath(string text, string[] names)
    {
        _text = text;
        Names = names;
    }

    /// <summary>The document itself, written <c>$</c>.</summary>
    public static JsonPath Root { get; } = new("$", []);

    /// <summary>The names on the way, none for the document itself.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>Reads a path: names with dots between, with or without <c>$.</c> before them.</summary>
    /// <param name="text">The path.</param>
    /// <param name="parameter">The parameter that it was given to.</param>
    /// <exception cref="EtlException">It is none.</exception>
    public static JsonPath Parse(string text, string parameter)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text == "$")
            return Root;
        string[] names = (text.StartsWith("$.", StringComparison.Ordinal) ? text[2..] : text).Split('.');
        return names.All(name => name.Length > 0 && !name.Contains('[', StringComparison.Ordinal))
            ? new JsonPath(text, names)
            : throw new EtlException(
                FailureCodes.InvalidParameter, FailureKind.InvalidCall,
                $"-{parameter}: '{text}' is no path. Write names with dots between, such as data.items, or $ for the document itself.");
    }

    /// <inheritdoc/>
    public override string ToString() => _text;
}
