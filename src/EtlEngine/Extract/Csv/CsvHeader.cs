using EtlTools.Engine.Records;
using EtlTools.Engine.Transform;

namespace EtlTools.Engine.Extract.Csv;

/// <summary>Makes a file's columns of the names in its header.</summary>
internal static class CsvHeader
{
    /// <summary>The columns of a file.</summary>
    /// <param name="file">The file's name for messages.</param>
    /// <param name="names">The names; blank ones become <c>col_N</c>.</param>
    /// <param name="types">The types by column name.</param>
    /// <exception cref="EtlException">DuplicateHeader, or UnknownColumn for a type.</exception>
    public static CsvLayout ToLayout(string file, IReadOnlyList<string> names, IReadOnlyDictionary<string, ColumnType> types)
    {
        var indexes = new Dictionary<string, int>(names.Count, StringComparer.OrdinalIgnoreCase);
        for (int i = 0; i < names.Count; i++)
        {
            if (!string.IsNullOrWhiteSpace(names[i]) && !indexes.TryAdd(names[i], i))
                throw Duplicate(file, names[i], indexes[names[i]], i);
        }
        string[] unique = [.. names];
        for (int i = 0; i < unique.Length; i++)
        {
            if (!string.IsNullOrWhiteSpace(unique[i]))
                continue;
            unique[i] = CsvLayout.UniqueName(i, name => indexes.GetValueOrDefault(name, -1));
            indexes.Add(unique[i], i);
        }
        var columnTypes = new ColumnType[unique.Length];
        foreach ((string column, ColumnType type) in types)
        {
            if (!indexes.TryGetValue(column, out int index))
                throw UnknownColumn(file, column, unique);
            columnTypes[index] = type;
        }
        return new CsvLayout(new Schema(unique), columnTypes);
    }

    /// <summary>The names of columns without a header.</summary>
    public static string[] Numbered(int count) => [.. Enumerable.Range(0, count).Select(i => CsvLayout.UniqueName(i, _ => -1))];

    private static EtlException Duplicate(string file, string name, int first, int second) => new(
        FailureCodes.DuplicateHeader,
        FailureKind.InvalidData,
        $"{file}: the header has the name '{name}' twice, for the columns {first + 1} and {second + 1}. Give the names with -Header.");

    private static EtlException UnknownColumn(string file, string column, string[] names)
    {
        const int shown = 50;
        string more = names.Length > shown ? $" and {names.Length - shown} more" : "";
        return new EtlException(
            FailureCodes.UnknownColumn,
            FailureKind.InvalidCall,
            $"{file}: -Type names the column '{column}', which is not there. The columns are {string.Join(", ", names.Take(shown))}{more}.");
    }
}
