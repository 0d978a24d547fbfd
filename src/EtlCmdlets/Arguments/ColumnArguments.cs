using System.Collections;
using System.Globalization;
using EtlTools.Engine;
using EtlTools.Engine.Records;
using EtlTools.Engine.Transform;

namespace EtlTools.Cmdlets.Arguments;

/// <summary>Reads the hashtables that parameters take, a column to a setting.</summary>
internal static class ColumnArguments
{
    /// <summary>Column types by name.</summary>
    public static Dictionary<string, ColumnType> Types(IDictionary argument, string parameter) =>
        Read(argument, (column, value) => ColumnTypes.TryParse(value is Type type ? type.FullName! : value?.ToString() ?? "", out ColumnType known)
            ? known
            : throw new EtlException(
                FailureCodes.UnknownType, FailureKind.InvalidCall,
                $"-{parameter}: '{value}' for column '{column}' is no type.{NearName.Hint(value?.ToString() ?? "", ColumnTypes.Names)} Use one of {string.Join(", ", ColumnTypes.Names)}."));

    /// <summary>Lengths of 0 and more.</summary>
    public static Dictionary<string, int> Lengths(IDictionary argument, string parameter) =>
        Read(argument, (column, value) => int.TryParse(value?.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out int length)
            ? length
            : throw new EtlException(
                FailureCodes.InvalidParameter, FailureKind.InvalidCall,
                $"-{parameter}: '{value}' for column '{column}' is no length. Use a whole number of 0 or more."));

    /// <summary>Names, a column to another.</summary>
    public static Dictionary<string, string> Names(IDictionary argument, string parameter) =>
        Read(argument, (column, value) => value?.ToString() is { Length: > 0 } name
            ? name
            : throw new EtlException(
                FailureCodes.InvalidParameter, FailureKind.InvalidCall, $"-{parameter} gives the column '{column}' no name."));

    private static Dictionary<string, T> Read<T>(IDictionary argument, Func<string, object?, T> convert)
    {
        var settings = new Dictionary<string, T>(StringComparer.OrdinalIgnoreCase);
        foreach (DictionaryEntry entry in argument)
        {
            string column = entry.Key.ToString()!;
            settings[column] = convert(column, ValueUnwrapper.Unwrap(entry.Value));
        }
        return settings;
    }
}
