using EtlTools.Engine.Load.Sqlite;

namespace EtlTools.Engine.Load;

/// <summary>The databases that can be loaded into.</summary>
public static class Dialects
{
    private static readonly IDialect[] All = [new SqliteDialect()];

    /// <summary>The names that <see cref="LoadOptions.Provider"/> takes, without regard to case.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. All.Select(dialect => dialect.Name)];

    internal static IDialect Get(string name) =>
        Array.Find(All, dialect => string.Equals(dialect.Name, name, StringComparison.OrdinalIgnoreCase))
        ?? throw new EtlException(
            FailureCodes.InvalidParameter, FailureKind.InvalidCall, $"-Provider '{name}' is not known. Use {string.Join(" or ", Names)}.");
}
