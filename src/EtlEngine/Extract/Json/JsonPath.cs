using System.Globalization;
using System.Text.Json;

namespace EtlTools.Engine.Extract.Json;

/// <summary>
/// A path in a document. Names have dots between; a name that contains a dot is found too, and may be written as <c>['a.b']</c>. Names are
/// compared without case. After a name there may be <c>[0]</c>, <c>[-1]</c> for the last element, <c>[name=value]</c> for the element with
/// that value, and, on the path to items, <c>[*]</c> for all elements.
/// </summary>
internal sealed class JsonPath
{
    private readonly string _text;
    private readonly List<Step> _all;
    private readonly IReadOnlyList<Step> _rest;
    private readonly HashSet<string> _walked = new(StringComparer.OrdinalIgnoreCase);

    private JsonPath(string text, List<Step> steps)
    {
        _text = text;
        _all = steps;
        int names = 0;
        var prefix = new List<string>();
        while (names < steps.Count && steps[names] is { Name: not null } or { IsAll: true })
        {
            if (steps[names].IsAll)
                _walked.Add(string.Join('.', prefix));
            else
                prefix.Add(steps[names].Name!);
            names++;
        }
        Prefix = string.Join('.', prefix);
        _rest = steps[names..];
    }

    /// <summary>The document itself, written <c>$</c>.</summary>
    public static JsonPath Root { get; } = new("$", []);

    /// <summary>The names up to the first selected element, with dots between; empty for the document itself.</summary>
    public string Prefix { get; }

    /// <summary>Whether it includes all elements of a list.</summary>
    public bool HasAll => _walked.Count > 0;

    /// <summary>Whether it selects an element of a list.</summary>
    public bool HasChoice => _rest.Count > 0;

    /// <summary>Whether it continues from the last item of those at another path.</summary>
    public bool IsOfLastAt(JsonPath items) => _rest is [{ Index: -1 }, ..] && items.IsAt(Prefix);

    /// <summary>Parses a path.</summary>
    /// <param name="text">The path.</param>
    /// <param name="parameter">The parameter with the path, for messages.</param>
    /// <exception cref="EtlException">It is not a path.</exception>
    public static JsonPath Parse(string text, string parameter)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text == "$")
            return Root;
        string path = text.StartsWith("$.", StringComparison.Ordinal) ? text[2..] : text.StartsWith("$[", StringComparison.Ordinal) ? text[1..] : text;
        var steps = new List<Step>();
        int at = 0;
        while (at < path.Length)
        {
            if (!TryReadStep(path, ref at, out Step step))
                throw NoPath(text, parameter);
            steps.Add(step);
            if (at < path.Length && path[at] == '.' && ++at == path.Length)
                throw NoPath(text, parameter);
        }
        return steps.Count > 0 ? new JsonPath(text, steps) : throw NoPath(text, parameter);
    }

    /// <summary>Parses a path to items that are read while they arrive: all elements of a list are, a single one cannot be chosen.</summary>
    /// <exception cref="EtlException">It is not such a path.</exception>
    public static JsonPath ParseItems(string text, string parameter)
    {
        JsonPath path = Parse(text, parameter);
        return !path.HasChoice ? path : throw new EtlException(
            FailureCodes.InvalidParameter, FailureKind.InvalidCall,
            $"-{parameter}: '{text}' chooses one element of a list, and items are read from all of them: write [*], and choose records by a column afterwards.");
    }

    /// <summary>Whether it is more than the document itself.</summary>
    public bool IsInside => Prefix.Length > 0 || HasAll;

    /// <summary>Whether a position, written with dots between its names, is this path.</summary>
    public bool IsAt(string place) => string.Equals(place, Prefix, StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether the path includes all elements of the list at a position.</summary>
    public bool Walks(string place) => _walked.Contains(place);

    /// <summary>Continues from the value at <see cref="Prefix"/>; for the last item, from the item itself.</summary>
    /// <returns>The value there, or null if there is none.</returns>
    public JsonElement? Find(JsonElement from, bool isLast = false) => Find(from, _rest, isLast ? 1 : 0);

    /// <summary>Finds the value in a document.</summary>
    /// <returns>The value there, or null if there is none.</returns>
    public JsonElement? FindIn(JsonElement document) => Find(document, _all, 0);

    /// <summary>Whether a document lacks a member on the way. A null, and a list without the chosen element, are nothing, but not
    /// missing.</summary>
    public bool IsMissingIn(JsonElement document)
    {
        JsonElement value = document;
        for (int step = 0; step < _all.Count && value.ValueKind != JsonValueKind.Null; step++)
        {
            if (Choose(value, _all, ref step) is not { } next)
                return _all[step].Name is not null || value.ValueKind != JsonValueKind.Array;
            value = next;
        }
        return false;
    }

    /// <inheritdoc/>
    public override string ToString() => _text;

    private static JsonElement? Find(JsonElement value, IReadOnlyList<Step> steps, int step)
    {
        for (; step < steps.Count; step++)
        {
            if (Choose(value, steps, ref step) is not { } next)
                return null;
            value = next;
        }
        return value;
    }

    private static JsonElement? Choose(JsonElement value, IReadOnlyList<Step> steps, ref int step)
    {
        Step wanted = steps[step];
        if (wanted.Name is not null)
            return Member(value, steps, ref step);
        if (value.ValueKind != JsonValueKind.Array)
            return null;
        if (wanted.Value is null)
        {
            int index = wanted.Index < 0 ? value.GetArrayLength() + wanted.Index : wanted.Index;
            return index >= 0 && index < value.GetArrayLength() ? value[index] : null;
        }
        foreach (JsonElement element in value.EnumerateArray())
        {
            if (NameIn(element, wanted.Key!) is { } member && string.Equals(JsonWatched.TextOf(JsonWatched.RawOf(member)), wanted.Value, StringComparison.OrdinalIgnoreCase))
                return element;
        }
        return null;
    }

    /// <summary>A member; if its name contains dots, it may take several steps of the path.</summary>
    private static JsonElement? Member(JsonElement value, IReadOnlyList<Step> steps, ref int step)
    {
        string name = steps[step].Name!;
        for (int last = step; ; name = $"{name}.{steps[last].Name}")
        {
            if (NameIn(value, name) is { } member)
            {
                step = last;
                return member;
            }
            if (++last == steps.Count || steps[last].Name is null)
                return null;
        }
    }

    private static JsonElement? NameIn(JsonElement value, string name)
    {
        if (value.ValueKind != JsonValueKind.Object)
            return null;
        if (value.TryGetProperty(name, out JsonElement exact))
            return exact;
        foreach (JsonProperty member in value.EnumerateObject())
        {
            if (string.Equals(member.Name, name, StringComparison.OrdinalIgnoreCase))
                return member.Value;
        }
        return null;
    }

    private static bool TryReadStep(string path, ref int at, out Step step)
    {
        step = default;
        int begin = at;
        if (path[at] != '[')
        {
            int end = path.AsSpan(at).IndexOfAny('.', '[');
            at = end < 0 ? path.Length : at + end;
            step = new Step(path[begin..at]);
            return at > begin;
        }
        bool isQuoted = path.AsSpan(at).StartsWith("['");
        int close = path.IndexOf(isQuoted ? "']" : "]", at, StringComparison.Ordinal);
        if (close < 0)
            return false;
        string inside = path[(begin + (isQuoted ? 2 : 1))..close];
        at = close + (isQuoted ? 2 : 1);
        string[] pair = inside.Split('=', 2, StringSplitOptions.TrimEntries);
        step = isQuoted ? new Step(inside)
            : inside == "*" ? new Step(IsAll: true)
            : pair.Length == 2 ? new Step(Key: pair[0], Value: pair[1].Trim('\'', '"'))
            : int.TryParse(inside, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int index) ? new Step(Index: index) : default;
        return isQuoted ? inside.Length > 0 : step != default || inside == "0";
    }

    private static EtlException NoPath(string text, string parameter) => new(
        FailureCodes.InvalidParameter, FailureKind.InvalidCall,
        $"-{parameter}: '{text}' is not a path. Write names with dots between, such as data.items, or $ for the document itself.");

    private readonly record struct Step(string? Name = null, int Index = 0, bool IsAll = false, string? Key = null, string? Value = null);
}
