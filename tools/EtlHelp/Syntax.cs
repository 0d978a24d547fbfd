namespace EtlTools.Help;

/// <summary>A cmdlet's parameter sets as Get-Command shows them.</summary>
internal static class Syntax
{
    /// <summary>The names of the sets, in order of their first parameter; one null where there are none.</summary>
    public static IReadOnlyList<string?> SetsOf(HelpPage page)
    {
        string?[] named = [.. page.Parameters.SelectMany(parameter => parameter.Sets).Distinct()];
        return named is [] ? [null] : named;
    }

    /// <summary>The parameters of a set: by position, then those that must be named, then the others.</summary>
    public static IEnumerable<HelpParameter> ParametersOf(HelpPage page, string? set) => page.Parameters
        .Where(parameter => parameter.Sets.Count == 0 || parameter.Sets.Contains(set))
        .OrderBy(parameter => parameter.Position ?? int.MaxValue)
        .ThenBy(parameter => !parameter.Mandatory);

    /// <summary>A set on one line.</summary>
    public static string Text(HelpPage page, string? set) =>
        string.Join(' ', [page.Name, .. ParametersOf(page, set).Select(Text), "[<CommonParameters>]"]);

    private static string Text(HelpParameter parameter)
    {
        string name = parameter.Position is null ? $"-{parameter.Name}" : $"[-{parameter.Name}]";
        string usage = parameter.IsSwitch ? name : $"{name} <{parameter.ShortType}>";
        return parameter.Mandatory ? usage : $"[{usage}]";
    }
}
