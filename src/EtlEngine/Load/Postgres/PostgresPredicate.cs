namespace EtlTools.Engine.Load.Postgres;

/// <summary>The predicates of partial indexes.</summary>
internal static class PostgresPredicate
{
    private const string NotNull = " IS NOT NULL";

    /// <summary>Whether a predicate holds for every row that a load may write, since it asks of columns of the key only that they are
    /// not null. With another predicate a row may lie outside the index, and each load would insert it again.</summary>
    /// <param name="predicate">As pg_get_expr writes it: (mail IS NOT NULL), or ((a IS NOT NULL) AND (b IS NOT NULL)).</param>
    /// <param name="key">The key.</param>
    public static bool HoldsForKey(string predicate, IReadOnlyList<TargetColumn> key)
    {
        string[] names = Names(key);
        return predicate.Split(" AND ").Select(part => part.Trim('(', ')')).All(part =>
            part.EndsWith(NotNull, StringComparison.Ordinal) && names.Contains(part[..^NotNull.Length]));
    }

    /// <summary>The predicate with true in place of what asks that a column of the key is not null; null if it asks more of the key.</summary>
    public static string? WithoutKey(string predicate, IReadOnlyList<TargetColumn> key)
    {
        string[] names = Names(key);
        string rest = names.Aggregate(predicate, (text, name) => text.Replace($"({name}{NotNull})", "(true)", StringComparison.Ordinal));
        // In doubt, as where a name stands in a text, it is refused.
        return key.Any(column => rest.Contains(column.Name, StringComparison.Ordinal) && Words(rest).Contains(column.Name)) ? null : rest;
    }

    private static string[] Names(IReadOnlyList<TargetColumn> key) => [.. key.SelectMany(column => new[] { column.Name, AnsiNames.Quote(column.Name) })];

    private static string[] Words(string text) =>
        text.Split([.. text.Where(c => !char.IsLetterOrDigit(c) && c is not ('_' or '$')).Distinct()], StringSplitOptions.RemoveEmptyEntries);
}
