namespace EtlTools.Engine.Load.Postgres;

/// <summary>The predicates of partial indexes.</summary>
internal static class PostgresPredicate
{
    private const string NotNull = " IS NOT NULL";

    /// <summary>Whether a predicate holds for every row that a load may write, since it asks of columns of the key only that they are
    /// not null. With another predicate a row may lie outside the index, and each load would insert it again.</summary>
    /// <param name="predicate">As pg_get_expr writes it: (mail IS NOT NULL), or ((a IS NOT NULL) AND (b IS NOT NULL)).</param>
    /// <param name="key">The key.</param>
    public static bool HoldsForKey(string predicate, IEnumerable<TargetColumn> key)
    {
        string[] names = [.. key.SelectMany(column => new[] { column.Name, AnsiNames.Quote(column.Name) })];
        return predicate.Split(" AND ").Select(part => part.Trim('(', ')')).All(part =>
            part.EndsWith(NotNull, StringComparison.Ordinal) && names.Contains(part[..^NotNull.Length]));
    }
}
