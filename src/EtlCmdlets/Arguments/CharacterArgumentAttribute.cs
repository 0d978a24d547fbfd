using System.Management.Automation;

namespace EtlTools.Cmdlets.Arguments;

/// <summary>Takes one character, or a name for one: <c>Tab</c>.</summary>
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

    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        string given = ValueUnwrapper.Unwrap(inputData)?.ToString() ?? "";
        if (given.Length == 1 || (given.Length == 0 && AllowsNone))
            return given;
        if (Named.TryGetValue(given, out string? character))
            return character;
        return words.FirstOrDefault(word => word.Equals(given, StringComparison.OrdinalIgnoreCase))
            ?? throw new ArgumentTransformationMetadataException(
                $"'{given}' is no character. Use one character, {string.Join(", ", words.Append("Tab"))}{(AllowsNone ? ", or '' for none" : "")}.");
    }
}
