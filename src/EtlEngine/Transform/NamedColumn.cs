using System.IO.Enumeration;
using System.Text.Json;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Transform;

/// <summary>A column that a parameter names, and that records are therefore expected to have.</summary>
/// <param name="Parameter">The parameter, without its hyphen.</param>
/// <param name="Column">The column; for some parameters a pattern.</param>
internal readonly record struct NamedColumn(string Parameter, string Column)
{
    /// <summary>The rule file that names it in place of the parameter, or null.</summary>
    public string? File { get; init; }

    /// <summary>Who names it, for messages.</summary>
    public string Source => File is null ? $"-{Parameter}" : $"-RulePath '{File}' ({JsonNamingPolicy.CamelCase.ConvertName(Parameter)})";

    /// <summary>Whether it stands for all columns with names that match.</summary>
    public bool IsPattern => Parameter == "Column" && IsWildcard(Column);

    /// <summary>Whether -MissingColumnAction Null adds it.</summary>
    public bool CanBeNull => Parameter is "Type" or "Rename" or "Column" && !IsPattern;

    /// <summary>Whether a record without it fails, so that nothing else has to tell that it is missing.</summary>
    public bool IsRequired => Parameter is "Required" or "RequiredString";

    /// <summary>Whether a name has wildcards.</summary>
    public static bool IsWildcard(string name) => name.AsSpan().ContainsAny('*', '?');

    /// <summary>Whether a pattern matches a column's name.</summary>
    public static bool Matches(string pattern, string name) => FileSystemName.MatchesSimpleExpression(pattern, name);

    /// <summary>Whether a schema has it.</summary>
    public bool IsIn(Schema schema)
    {
        string column = Column;
        return IsPattern ? schema.Names.Any(name => Matches(column, name)) : schema.IndexOf(column) >= 0;
    }
}
