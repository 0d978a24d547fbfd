using System.Management.Automation;

namespace EtlTools.Cmdlets.Arguments;

/// <summary>Takes one character, or a name for one: <c>Tab</c>; where that is allowed, several characters.</summary>
/// <param name="words">Words that are taken as they are, such as <c>Auto</c>.</param>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class CharacterArgumentAttribute(params string[] words) : ArgumentTransformationAttribute
{
    /// <summary>Names of characters that are hard to type.</summary>
    private static readonly Dictionary<string, string> Named = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Tab"] = "\t",
        ["\\t"] = "\t",
        ["Space"] = " ",
        ["Comma"] = ",",
        ["Semicolon"] = ";",
        ["Pipe"] = "|",
    };

    /// <summary>Whether an empty text, for no character, is taken.</summary>
    public bool AllowsNone { get; init; }

    /// <summary>Whether several characters are taken.</summary>
    public bool AllowsSeveral { get; init; }

    /// <summary>The character that has this name, or null.</summary>
    public static string? OfName(string name) => Named.GetValueOrDefault(name);

    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        string given = ValueUnwrapper.Unwrap(inputData)?.ToString() ?? "";
        if (given.Length == 1 || (given.Length == 0 && AllowsNone))
            return given;
        if (OfName(given) is { } character)
            return character;
        if (words.FirstOrDefault(word => word.Equals(given, StringComparison.OrdinalIgnoreCase)) is { } word)
            return word;
        if (AllowsSeveral && given.Length > 0)
            return Several(given);
        throw new ArgumentTransformationMetadataException(
            $"'{given}' is not a character. Use one character, {string.Join(", ", words.Append("Tab"))}{(AllowsNone ? ", or '' for none" : "")}.");
    }

    /// <summary>Takes several characters, and not what was meant as the name of one.</summary>
    private static string Several(string given)
    {
        if (given.All(char.IsLetterOrDigit))
            throw new ArgumentTransformationMetadataException($"'{given}' is not a delimiter: it consists of letters and digits, and is not one of the names {string.Join(", ", Named.Keys.Order(StringComparer.Ordinal))}, Auto.");
        int escape = given.IndexOf('\\', StringComparison.Ordinal);
        if (escape >= 0 && escape + 1 < given.Length && char.IsAsciiLetterOrDigit(given[escape + 1]))
            throw new ArgumentTransformationMetadataException($"'{given}' has an escape sequence of another language. PowerShell writes \"`t\" for a tab, and \"`u{{1}}\" for the character U+0001.");
        return given;
    }
}
