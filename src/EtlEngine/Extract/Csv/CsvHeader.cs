using System.Globalization;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Extract.Csv;

/// <summary>Makes the schema of a file.</summary>
internal static class CsvHeader
{
    /// <summary>The schema of a row that could not be parsed: its text, in one column.</summary>
    public static Schema Raw { get; } = new(["raw"]);

    /// <summary>The schema that a header row names; a blank name becomes col_ and the column's number from 0.</summary>
    /// <exception cref="EtlException">A name stands there twice.</exception>
    public static Schema FromNames(IReadOnlyList<string> fields, string file)
    {
        var names = new List<string>(fields.Count);
        foreach (string field in fields)
        {
            string name = string.IsNullOrWhiteSpace(field) ? Unused(fields, names.Count) : field;
            if (names.Contains(name, StringComparer.OrdinalIgnoreCase))
            {
                throw new EtlException(
                    FailureCodes.DuplicateHeader, FailureKind.InvalidData,
                    $"The header of {file} has the column '{name}' twice. Give the columns names of their own with -Header.");
            }
            names.Add(name);
        }
        return new Schema(names);
    }

    /// <summary>The schema of a file without a header: col_0, col_1 and so on.</summary>
    public static Schema Numbered(int columns) =>
        new(Enumerable.Range(0, columns).Select(i => string.Create(CultureInfo.InvariantCulture, $"col_{i}")));

    /// <summary>A name for the column at a position that none of the others has.</summary>
    public static string Unused(IReadOnlyList<string> taken, int position)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"col_{position}");
        while (taken.Contains(name, StringComparer.OrdinalIgnoreCase))
            name += "_";
        return name;
    }
}
