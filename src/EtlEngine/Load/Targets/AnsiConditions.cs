namespace EtlTools.Engine.Load;

/// <summary>Conditions as PostgreSQL and SQLite both write them.</summary>
internal static class AnsiConditions
{
    /// <summary>Whether a value is greater than the stored one: a null never is, and any value is newer than a stored null.</summary>
    public static string IsNewer(string value, string stored) => $"coalesce({value} > {stored}, {stored} IS NULL AND {value} IS NOT NULL)";
}
