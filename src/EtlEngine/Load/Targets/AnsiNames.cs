namespace EtlTools.Engine.Load;

/// <summary>Names and texts in the quotes of the SQL standard, which PostgreSQL and SQLite use.</summary>
internal static class AnsiNames
{
    public static string Quote(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    public static string Quote(TableName table) =>
        table.Schema is null ? Quote(table.Name) : $"{Quote(table.Schema)}.{Quote(table.Name)}";

    /// <summary>A text as a literal.</summary>
    public static string Text(string value) => $"'{value.Replace("'", "''", StringComparison.Ordinal)}'";

    /// <summary>The names of columns as a list.</summary>
    public static string Quote(IEnumerable<TargetColumn> columns) => string.Join(", ", columns.Select(column => Quote(column.Name)));
}
