namespace EtlTools.Engine.Load.Postgres;

/// <summary>The predicates of partial indexes.</summary>
internal static class PostgresPredicate
{
    private const string NotNull = " IS NOT NULL";

    /// <summary>Whether a predicate is true for every row that a load may write, because it only requires that key columns are not null.
    /// With another predicate a row may be outside the index, and each load would insert it again.</summary>
    /// <param name="predicate">The predicate as pg_get_expr returns it: (mail IS NOT NULL), or ((a IS NOT NULL) AND (b IS NOT
    /// NULL)).</param>
    /// <param name="key">The key.</param>
    public static bool HoldsForKey(string predicate, IReadOnlyList<TargetColumn> key)
    {
        string[] names = Names(key);
        return predicate.Split(" AND ").Select(part => part.Trim('(', ')')).All(part =>
            part.EndsWith(NotNull, StringComparison.Ordinal) && names.Contains(part[..^NotNull.Length]));
    }

    /// <summary>The predicate with true in place of the not-null conditions on key columns; null if it has further conditions on the
    /// key.</summary>
    public static string? WithoutKey(string predicate, IReadOnlyList<TargetColumn> key)
    {
        string[] names = Names(key);
        string rest = names.Aggregate(predicate, (text, name) => text.Replace($"({name}{NotNull})", "(true)", StringComparison.Ordinal));
        // In doubt, for example if a name occurs in a text, it is refused.
        return key.Any(column => rest.Contains(column.Name, StringComparison.Ordinal) && Words(rest).Contains(column.Name)) ? null : rest;
    }

    private static string[] Names(IReadOnlyList<TargetColumn> key) => [.. key.SelectMany(column => new[] { column.Name, AnsiNames.Quote(column.Name) })];

    private static string[] Words(string text) =>
        text.Split([.. text.Where(c => !char.IsLetterOrDigit(c) && c is not ('_' or '$')).Distinct()], StringSplitOptions.RemoveEmptyEntries);
}
