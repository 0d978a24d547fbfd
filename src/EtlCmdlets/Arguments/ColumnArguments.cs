using System.Collections;
using System.Collections.Specialized;
using System.Globalization;
using System.Management.Automation;
using System.Text.RegularExpressions;
using EtlTools.Engine;
using EtlTools.Engine.Transform;
using EtlTools.Engine.Transform.Rules;

namespace EtlTools.Cmdlets.Arguments;

/// <summary>Reads the hashtables that parameters take, a column to a setting.</summary>
internal static class ColumnArguments
{
    /// <summary>Column types by name.</summary>
    public static Dictionary<string, ColumnType> Types(IDictionary argument, string parameter) =>
        Read(argument, parameter, (column, value) => ColumnTypes.TryParse(value is Type type ? type.FullName! : value?.ToString() ?? "", out ColumnType known)
            ? known
            : throw new EtlException(
                FailureCodes.UnknownType, FailureKind.InvalidCall,
                $"-{parameter}: '{value}' for column '{column}' is not a type. Use one of {string.Join(", ", ColumnTypes.Names)}.{NearName.Hint(value?.ToString() ?? "", ColumnTypes.Names)}"));

    /// <summary>Lengths of 0 and more.</summary>
    public static Dictionary<string, int> Lengths(IDictionary argument, string parameter) =>
        Read(argument, parameter, (column, value) => int.TryParse(value?.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out int length)
            ? length
            : throw Refusal(parameter, $"'{value}' for column '{column}' is not a length. Use a whole number of 0 or more."));

    /// <summary>Values as they are.</summary>
    public static Dictionary<string, object?> Values(IDictionary argument, string parameter) =>
        Read(argument, parameter, (column, value) => value is ScriptBlock
            ? throw Refusal(parameter, $"column '{column}' has a script block. Only -SetColumn runs blocks; use a value here.")
            : value);

    /// <summary>Names by column.</summary>
    public static Dictionary<string, string> Names(IDictionary argument, string parameter) =>
        Read(argument, parameter, (column, value) => value?.ToString() is { Length: > 0 } name ? name : throw Refusal(parameter, $"column '{column}' has no new name."));

    /// <summary>Pairs of a least and a most, or hashtables of Min and Max.</summary>
    public static Dictionary<string, ValueRange> Ranges(IDictionary argument, string parameter, ConversionOptions conversion) =>
        Read(argument, parameter, (column, value) =>
        {
            object?[] ends = value switch
            {
                IDictionary named => [End(named, "Min"), End(named, "Max")],
                IList list => [.. list.Cast<object?>().Select(ValueUnwrapper.Unwrap)],
                _ => [],
            };
            if (ends.Length != 2)
                throw Refusal(parameter, $"the range of column '{column}' needs two ends, such as 0, 100; $null means no limit.");
            try
            {
                return ValueRange.Create(ends[0], ends[1], conversion);
            }
            catch (ArgumentException e)
            {
                throw Refusal(parameter, $"the range of column '{column}' is not valid: {e.Message}.");
            }
        });

    /// <summary>Regular expressions, as text or ready.</summary>
    public static Dictionary<string, Regex> Patterns(IDictionary argument, string parameter) =>
        Read(argument, parameter, (column, value) =>
        {
            try
            {
                return value is Regex ready
                    ? RulePattern.Compile(ready.ToString(), ready.Options)
                    : RulePattern.Compile(value?.ToString() ?? throw Refusal(parameter, $"column '{column}' has no pattern."));
            }
            catch (ArgumentException e)
            {
                throw Refusal(parameter, $"the pattern of column '{column}' is not a regular expression: {e.Message}");
            }
        });

    /// <summary>Lists of values.</summary>
    public static Dictionary<string, IReadOnlyList<object>> Lists(IDictionary argument, string parameter) =>
        Read<IReadOnlyList<object>>(argument, parameter, (column, value) =>
        {
            List<object> values = [.. Items(value).OfType<object>()];
            return values.Count > 0 ? values : throw Refusal(parameter, $"column '{column}' has no value to allow.");
        });

    /// <summary>Columns by the name of a column, in the order of an ordered table and else of the names.</summary>
    public static List<HashColumn> Hashes(IDictionary argument, string parameter) =>
    [
        .. Entries(argument, parameter).Select(entry => Items(entry.Value).Select(item => item?.ToString() ?? "").ToList() is { Count: > 0 } sources && !sources.Contains("")
            ? new HashColumn(entry.Column, sources)
            : throw Refusal(parameter, $"column '{entry.Column}' names no column to hash.")),
    ];

    /// <summary>Columns, or lists of columns.</summary>
    public static List<IReadOnlyList<string>> Combinations(object[] argument, string parameter)
    {
        List<IReadOnlyList<string>> combinations = [];
        foreach (object entry in argument)
        {
            List<string> columns = [.. Items(ValueUnwrapper.Unwrap(entry)).Select(item => item?.ToString() ?? "")];
            combinations.Add(columns.Count > 0 && !columns.Contains("") ? columns : throw Refusal(parameter, "a column has no name."));
        }
        return combinations;
    }

    /// <summary>The entries in their order; those of a plain hashtable, which has none, by name.</summary>
    public static IEnumerable<(string Column, object? Value)> Entries(IDictionary argument, string parameter)
    {
        IEnumerable<(string Column, object? Value)> entries = argument.Entries().Select(entry => (entry.Key.ToString()!, ValueUnwrapper.Unwrap(entry.Value)));
        if (argument is not IOrderedDictionary)
            entries = entries.OrderBy(entry => entry.Item1, StringComparer.OrdinalIgnoreCase);
        foreach ((string column, object? value) in entries)
            yield return column.Length > 0 ? (column, value) : throw Refusal(parameter, "a column has no name.");
    }

    private static IEnumerable<object?> Items(object? value) =>
        value is IEnumerable list and not string ? list.Cast<object?>().Select(ValueUnwrapper.Unwrap) : [value];

    private static object? End(IDictionary named, string name) =>
        named.Entries().Where(entry => name.Equals(entry.Key.ToString(), StringComparison.OrdinalIgnoreCase)).Select(entry => ValueUnwrapper.Unwrap(entry.Value)).FirstOrDefault();

    private static Dictionary<string, T> Read<T>(IDictionary argument, string parameter, Func<string, object?, T> convert)
    {
        var settings = new Dictionary<string, T>(StringComparer.OrdinalIgnoreCase);
        foreach ((string column, object? value) in Entries(argument, parameter))
            settings[column] = convert(column, value);
        return settings;
    }

    private static EtlException Refusal(string parameter, string what) =>
        new(FailureCodes.InvalidParameter, FailureKind.InvalidCall, $"-{parameter}: {what}");
}
