namespace EtlTools.Engine.Load;

/// <summary>Conditions in the notation of both PostgreSQL and SQLite.</summary>
internal static class AnsiConditions
{
    /// <summary>Whether a value is newer than the stored one: a null never is, and any value is newer than a stored null.</summary>
    public static string IsNewer(string value, string stored) => $"coalesce({value} > {stored}, {stored} IS NULL AND {value} IS NOT NULL)";
}
