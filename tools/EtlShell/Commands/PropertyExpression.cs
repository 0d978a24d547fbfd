using System.Collections;
using System.Management.Automation;

namespace Microsoft.PowerShell.Commands;

/// <summary>One entry of a -Property parameter: a name, a wildcard, a script block, or a hashtable with Name and Expression.</summary>
internal sealed class PropertyExpression
{
    private readonly PSPropertyExpression _expression;
    private readonly string? _name;

    public PropertyExpression(object property)
    {
        object value = property is PSObject wrapped ? wrapped.BaseObject : property;
        if (value is IDictionary calculated)
        {
            foreach (DictionaryEntry entry in calculated)
            {
                string key = $"{entry.Key}";
                if (Abbreviates(key, "name") || Abbreviates(key, "label"))
                    _name = $"{entry.Value}";
                else if (Abbreviates(key, "expression"))
                    value = entry.Value is PSObject inner ? inner.BaseObject : entry.Value!;
                else if (Abbreviates(key, "ascending"))
                    Descending = !LanguagePrimitives.IsTrue(entry.Value);
                else if (Abbreviates(key, "descending"))
                    Descending = LanguagePrimitives.IsTrue(entry.Value);
                else
                    throw new PSArgumentException($"The {key} key is not valid.");
            }

            if (value is IDictionary)
                value = _name ?? throw new PSArgumentException("A calculated property needs an Expression.");
        }

        _expression = value is ScriptBlock script ? new PSPropertyExpression(script) : new PSPropertyExpression($"{value}");
    }

    /// <summary>Null where the hashtable says nothing.</summary>
    public bool? Descending { get; }

    public string Name => _name ?? _expression.ToString();

    public static PropertyExpression[] All(object[]? properties) => properties is null ? [] : [.. properties.Select(p => new PropertyExpression(p))];

    /// <summary>Every property that the expression means on the object; a missing one is null, a wildcard without a match is none.</summary>
    public IEnumerable<(string Name, object? Value)> Resolve(PSObject target)
    {
        bool found = false;
        foreach (PSPropertyExpression resolved in _expression.ResolveNames(target))
        {
            foreach (PSPropertyExpressionResult result in resolved.GetValues(target))
            {
                found = true;
                yield return (_name ?? result.ResolvedExpression.ToString(), result.Result);
            }
        }

        if (!found && !_expression.HasWildCardCharacters)
            yield return (Name, null);
    }

    /// <summary>Whether the object has the property, and its value.</summary>
    public bool TryGet(PSObject target, out object? value)
    {
        List<PSPropertyExpressionResult> results = _expression.GetValues(target);
        value = results.Count > 0 ? results[0].Result : null;
        return results.Count > 0 && results[0].Exception is null;
    }

    private static bool Abbreviates(string key, string word) => key.Length > 0 && word.StartsWith(key, StringComparison.OrdinalIgnoreCase);
}
