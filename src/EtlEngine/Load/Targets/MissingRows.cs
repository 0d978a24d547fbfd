using static EtlTools.Engine.Load.AnsiNames;

namespace EtlTools.Engine.Load;

/// <summary>The statements that delete or mark rows without a record, in the notation of both PostgreSQL and SQLite.</summary>
/// <param name="Table">The table.</param>
/// <param name="Seen">The table of the keys that arrived, quoted.</param>
/// <param name="Match">The condition that a row t has the key of a row s of that table.</param>
/// <param name="Scope">Conditions for a row t; none for all rows.</param>
internal sealed record MissingRows(TableName Table, string Seen, string Match, IReadOnlyList<string> Scope)
{
    private string Missing => string.Join("", Scope.Select(condition => $"{condition} AND ")) + $"NOT EXISTS (SELECT 1 FROM {Seen} AS s WHERE {Match})";

    /// <summary>Finds a row outside of the scope whose key arrived.</summary>
    public string FindOutside => $"SELECT 1 FROM {Quote(Table)} AS t WHERE NOT ({string.Join(" AND ", Scope)}) AND EXISTS (SELECT 1 FROM {Seen} AS s WHERE {Match}) LIMIT 1";

    /// <summary>Deletes all rows of a table.</summary>
    public static string DeleteAll(TableName table) => $"DELETE FROM {Quote(table)}";

    /// <summary>The statements that delete the rows, or mark them and take the mark from those that arrived again. The last one changes the
    /// rows, and is the only one with the conditions of the scope.</summary>
    /// <param name="marked">The column that marks rows; null to delete them.</param>
    /// <param name="markOf">How a column does that.</param>
    public IReadOnlyList<string> TakeOut(TargetColumn? marked, Func<TargetColumn, DeletedMark> markOf) =>
        marked is null ? [Delete] : [Unmark(marked, markOf(marked)), Mark(marked, markOf(marked))];

    private string Delete => $"DELETE FROM {Quote(Table)} AS t WHERE {Missing}";

    /// <summary>Marks the rows that are not marked yet.</summary>
    private string Mark(TargetColumn column, DeletedMark mark) =>
        $"UPDATE {Quote(Table)} AS t SET {Quote(column.Name)} = {mark.Set} WHERE {mark.IsMarked($"t.{Quote(column.Name)}")} IS NOT TRUE AND {Missing}";

    /// <summary>Removes the mark from rows that arrived again.</summary>
    private string Unmark(TargetColumn column, DeletedMark mark) =>
        $"UPDATE {Quote(Table)} AS t SET {Quote(column.Name)} = {mark.Clear} WHERE {mark.IsMarked($"t.{Quote(column.Name)}")} AND EXISTS (SELECT 1 FROM {Seen} AS s WHERE {Match})";
}

/// <summary>How a column shows that the source no longer has a row.</summary>
/// <param name="Set">The value of a deleted row.</param>
/// <param name="Clear">The value of other rows.</param>
internal sealed record DeletedMark(string Set, string Clear)
{
    /// <summary>Whether a row is marked.</summary>
    public string IsMarked(string column) => Clear == "NULL" ? $"({column} IS NOT NULL)" : $"({column} = {Set})";

    /// <summary>The error for a column that cannot show it.</summary>
    public static EtlException Refuse(TargetColumn column) => new(
        FailureCodes.InvalidParameter, FailureKind.InvalidCall,
        $"-DeletedColumn names '{column.Name}' ({column.DeclaredType}), which cannot say that a row is deleted. Name a column for true and false, a whole number, or a time that may be null.");
}
