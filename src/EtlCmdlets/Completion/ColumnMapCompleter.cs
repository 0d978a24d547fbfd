using System.Management.Automation;
using EtlTools.Engine.Transform;

namespace EtlTools.Cmdlets.Completion;

/// <summary>
/// Completes hashtables of columns. PowerShell does not complete keys and values inside a hashtable, so a whole hashtable is offered: one
/// for each column, and when the word matches only one column, one for each possible value.
/// </summary>
internal sealed class ColumnMapCompleter : LineCompleter
{
    /// <inheritdoc/>
    protected override IEnumerable<CompletionResult> Complete(TypedLine line, string parameter, string word)
    {
        CompletionResult[] columns = [.. NameCompleter.Matching(HeaderColumns.Of(line), word)];
        IReadOnlyList<string> values = columns.Length != 1 ? [] : parameter switch
        {
            "Type" => ColumnTypes.Names,
            "ColumnMap" => TargetColumnCompleter.ColumnsOf(line),
            _ => [],
        };
        return values.Count > 0
            ? values.Select(value => Map(columns[0], NameCompleter.Literal(value), value))
            : columns.Select(column => Map(column, Sample(parameter), column.ListItemText));
    }

    private static CompletionResult Map(CompletionResult column, string value, string shown) =>
        new($"@{{ {column.CompletionText} = {value} }}", shown, CompletionResultType.ParameterValue, $"{column.ListItemText} = {value}");

    private static string Sample(string parameter) => parameter switch
    {
        "MaxLength" or "MinLength" => "0",
        "Range" => "$null, $null",
        _ => "''",
    };
}
