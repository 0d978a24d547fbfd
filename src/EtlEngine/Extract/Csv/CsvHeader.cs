using EtlTools.Engine.Records;
using EtlTools.Engine.Transform;

namespace EtlTools.Engine.Extract.Csv;

/// <summary>Creates a file's columns from the names in its header.</summary>
internal static class CsvHeader
{
    private const int Dropped = -1;

    private const string MissingHint = " Files that lack it can be read with -MissingColumnAction Skip (without the column) or Null (with null).";

    /// <summary>The columns of a file.</summary>
    /// <param name="file">The file's name for messages.</param>
    /// <param name="names">The names; blank ones become <c>col_N</c>.</param>
    /// <param name="options">Which columns to read, and as which types.</param>
    /// <exception cref="EtlException">DuplicateHeader; UnknownColumn if an option names a column that does not exist.</exception>
    public static CsvLayout ToLayout(string file, IReadOnlyList<string> names, CsvOptions options)
    {
        int lastNamed = names.Count;
        while (lastNamed > 0 && string.IsNullOrWhiteSpace(names[lastNamed - 1]))
            lastNamed--;
        if (options.MismatchedFields.HasFlag(MismatchedFields.DropEmpty))
            names = [.. names.Take(lastNamed)];
        // The field of each name, by the name that options use; a dropped column has none.
        var fields = new Dictionary<string, int>(names.Count, StringComparer.OrdinalIgnoreCase);
        string[] header = Unique(file, names, options.DuplicateHeaders, fields);
        string[] missing = options.MissingColumns == MissingColumns.Error ? [] : AddMissing(fields, options);
        string[] columns = options.Columns.Count > 0
            ? [.. options.Columns.Where(IsRead).Select(column => FieldOf(column, "Column") is var field && field < header.Length ? header[field] : column)]
            : [.. header.Where((name, field) => fields.GetValueOrDefault(name, Dropped) == field), .. missing.Where(IsRead)];
        if (columns.Length == 0 && missing.Length > 0)
            throw UnknownColumn(file, "Column", missing[0], header, options);
        foreach (string column in options.Rename.Keys.Where(IsRead))
            ColumnOf(column, "Rename");
        var types = new ColumnType[columns.Length];
        foreach ((string column, ColumnType type) in options.Types.Where(type => IsRead(type.Key)))
            types[ColumnOf(column, "Type")] = type;
        return new CsvLayout(
            new Schema(header), ToSchema(file, columns, options.Rename), [.. columns.Select(column => fields[column])], types)
        {
            LastNamed = lastNamed,
            Missing = missing,
            IdColumns = [.. options.IdColumns.Select(column => ColumnOf(column, "IdColumn"))],
        };

        bool IsRead(string column) => options.MissingColumns != MissingColumns.Skip || !missing.Contains(column, StringComparer.OrdinalIgnoreCase);

        int FieldOf(string column, string parameter) =>
            fields.TryGetValue(column, out int field) ? field : throw UnknownColumn(file, parameter, column, [.. fields.Keys], options);

        int ColumnOf(string column, string parameter)
        {
            int field = FieldOf(column, parameter);
            int index = Array.FindIndex(columns, name => fields[name] == field);
            return index >= 0 ? index : throw new EtlException(
                FailureCodes.UnknownColumn,
                FailureKind.InvalidCall,
                $"{file}: -{parameter} names the column '{column}', which -Column leaves out.");
        }
    }

    /// <summary>
    /// Gives columns that the file lacks a field that no row has. A column that already has its new name is not missing.
    /// </summary>
    /// <returns>The names of the missing columns.</returns>
    private static string[] AddMissing(Dictionary<string, int> fields, CsvOptions options)
    {
        var rename = new Dictionary<string, string>(options.Rename, StringComparer.OrdinalIgnoreCase);
        var missing = new List<string>();
        foreach (string column in options.Columns.Concat(options.Rename.Keys).Concat(options.Types.Keys))
        {
            if (fields.ContainsKey(column) || rename.ContainsValue(column))
                continue;
            if (rename.TryGetValue(column, out string? name) && fields.TryGetValue(name, out int field))
            {
                fields.Add(column, field);
                continue;
            }
            fields.Add(column, int.MaxValue - missing.Count);
            missing.Add(column);
        }
        return [.. missing];
    }

    /// <summary>The names of columns without a header.</summary>
    public static string[] Numbered(int count) => [.. Enumerable.Range(0, count).Select(i => CsvLayout.UniqueName(i, _ => -1))];

    /// <summary>A unique name for each field, and the field of each name.</summary>
    private static string[] Unique(string file, IReadOnlyList<string> names, DuplicateHeaders duplicates, Dictionary<string, int> fields)
    {
        string[] unique = [.. names];
        var taken = new HashSet<string>(names, StringComparer.OrdinalIgnoreCase);
        for (int i = 0; i < unique.Length; i++)
        {
            if (string.IsNullOrWhiteSpace(names[i]) || fields.TryAdd(names[i], i))
                continue;
            if (duplicates == DuplicateHeaders.Error)
                throw Duplicate(file, names[i], fields[names[i]], i);
            string other = UniqueName.Next(names[i], taken);
            if (duplicates == DuplicateHeaders.UseLast)
                (unique[fields[names[i]]], fields[names[i]]) = (other, i);
            else
                unique[i] = other;
            if (duplicates == DuplicateHeaders.Rename)
                fields.Add(other, i);
        }
        for (int i = 0; i < unique.Length; i++)
        {
            if (!string.IsNullOrWhiteSpace(unique[i]))
                continue;
            unique[i] = CsvLayout.UniqueName(i, name => taken.Contains(name) ? 0 : -1);
            taken.Add(unique[i]);
            fields.Add(unique[i], i);
        }
        return unique;
    }

    private static Schema ToSchema(string file, string[] columns, IReadOnlyDictionary<string, string> rename)
    {
        var names = new Dictionary<string, string>(rename, StringComparer.OrdinalIgnoreCase);
        string[] renamed = [.. columns.Select(column => names.GetValueOrDefault(column, column))];
        string? twice = renamed.GroupBy(name => name, StringComparer.OrdinalIgnoreCase).FirstOrDefault(group => group.Count() > 1)?.Key;
        return twice is null ? new Schema(renamed) : throw new EtlException(
            FailureCodes.InvalidParameter, FailureKind.InvalidCall, $"{file}: -Rename gives the name '{twice}', which another column has.");
    }

    private static EtlException Duplicate(string file, string name, int first, int second) => new(
        FailureCodes.DuplicateHeader,
        FailureKind.InvalidData,
        $"{file}: the header has the name '{name}' twice, in columns {first + 1} and {second + 1}. Give the names with -Header, or use -DuplicateHeaderBehavior.");

    private static EtlException UnknownColumn(string file, string parameter, string column, string[] names, CsvOptions options)
    {
        const int shown = 10;
        const int length = 60;
        string more = names.Length > shown ? $" and {names.Length - shown} more" : "";
        string columns = LoneColumn.Hint(names) is { Length: > 0 } lone
            ? lone
            : $" The columns are {string.Join(", ", names.Take(shown).Select(name => name.Length > length ? $"{name[..length]}…" : name))}{more}.{(parameter == "IdColumn" || options.MissingColumns == MissingColumns.Skip ? "" : MissingHint)}";
        string? old = options.Rename.FirstOrDefault(pair => pair.Value.Equals(column, StringComparison.OrdinalIgnoreCase)).Key;
        string hint = old is null ? NearName.Hint(column, names) : $" Use the file's name for it, '{old}'.";
        return new EtlException(
            FailureCodes.UnknownColumn,
            FailureKind.InvalidCall,
            $"{file}: -{parameter} names the column '{column}', which does not exist.{hint}{columns}");
    }
}
