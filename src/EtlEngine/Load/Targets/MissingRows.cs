using static EtlTools.Engine.Load.AnsiNames;

namespace EtlTools.Engine.Load;

/// <summary>The statements that take rows out which no record had, as PostgreSQL and SQLite both write them.</summary>
/// <param name="Table">The table.</param>
/// <param name="Seen">The table of keys that have come, quoted.</param>
/// <param name="Match">When a row t has the key of a row s of it.</param>
/// <param name="Scope">Conditions that a row t must meet; none for all rows.</param>
internal sealed record MissingRows(TableName Table, string Seen, string Match, IReadOnlyList<string> Scope)
{
    private string Missing => string.Join("", Scope.Select(condition => $"{condition} AND ")) + $"NOT EXISTS (SELECT 1 FROM {Seen} AS s WHERE {Match})";

    /// <summary>Deletes them.</summary>
    public string Delete => $"DELETE FROM {Quote(Table)} AS t WHERE {Missing}";

    /// <summary>Marks those that are not marked yet.</summary>
    public string Mark(TargetColumn column, DeletedMark mark) =>
        $"UPDATE {Quote(Table)} AS t SET {Quote(column.Name)} = {mark.Set} WHERE {mark.IsMarked($"t.{Quote(column.Name)}")} IS NOT TRUE AND {Missing}";

    /// <summary>Takes the mark from rows that have come again.</summary>
    public string Unmark(TargetColumn column, DeletedMark mark) =>
        $"UPDATE {Quote(Table)} AS t SET {Quote(column.Name)} = {mark.Clear} WHERE {mark.IsMarked($"t.{Quote(column.Name)}")} AND EXISTS (SELECT 1 FROM {Seen} AS s WHERE {Match})";
}

/// <summary>How a column says that the source has a row no more.</summary>
/// <param name="Set">The value that says so.</param>
/// <param name="Clear">The value that does not.</param>
internal sealed record DeletedMark(string Set, string Clear)
{
    /// <summary>Whether a row is marked.</summary>
    public string IsMarked(string column) => Clear == "NULL" ? $"({column} IS NOT NULL)" : $"({column} = {Set})";

    /// <summary>The refusal of a column that cannot say it.</summary>
    public static EtlException Refuse(TargetColumn column) => new(
        FailureCodes.InvalidParameter, FailureKind.InvalidCall,
        $"-DeletedColumn names '{column.Name}' ({column.DeclaredType}), which cannot say that a row is deleted. Name a column for true and false, a whole number, or a time that may be null.");
}
