using System.Data.Common;
using EtlTools.Engine.Load.Postgres;
using EtlTools.Engine.Load.Sqlite;
using EtlTools.Engine.Load.SqlServer;

namespace EtlTools.Engine.Load;

/// <summary>The databases that can be loaded into.</summary>
internal static class Dialects
{
    private static readonly IDialect[] All = [new SqliteDialect(), new PostgresDialect(), new SqlServerDialect()];

    /// <summary>The values of <see cref="TargetOptions.Provider"/>, without regard to case.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. All.Select(dialect => dialect.Name)];

    /// <summary>Other names of the databases.</summary>
    private static readonly Dictionary<string, string> OtherNames = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Sqlite3"] = SqliteDialect.ProviderName,
        ["Postgres"] = "PostgreSQL",
        ["Npgsql"] = "PostgreSQL",
        ["MSSQL"] = SqlServerDialect.ProviderName,
    };

    /// <summary>Whether a provider's name, or another name for it, means SQLite.</summary>
    public static bool IsSqlite(string provider) =>
        string.Equals(OtherNames.GetValueOrDefault(provider, provider), SqliteDialect.ProviderName, StringComparison.OrdinalIgnoreCase);

    /// <summary>The dialect by its name; without a name, by a connection string that only one dialect can mean.</summary>
    internal static IDialect Get(TargetOptions options)
    {
        string? only = options.Specific is { InUse.Count: > 0 } specific ? specific.Provider : null;
        IDialect dialect = options.Provider.Length > 0 ? Get(options.Provider)
            : options.SqlitePath is not null ? Array.Find(All, dialect => dialect is SqliteDialect)!
            : only is not null ? Get(only)
            : options.Server is { } server && Array.Find(All, dialect => dialect.RecognizesServer(server)) is { } owner ? owner
            : Infer(options);
        return only is null || only == dialect.Name ? dialect : throw new EtlException(
            FailureCodes.InvalidParameter, FailureKind.InvalidCall, $"{options.Specific!.InUse[0]} is for -Provider {only}, and this is {dialect.Name}. {options.Specific.Instead}");
    }

    private static IDialect Get(string name) =>
        Array.Find(All, dialect => string.Equals(dialect.Name, OtherNames.GetValueOrDefault(name, name), StringComparison.OrdinalIgnoreCase))
        ?? throw new EtlException(
            FailureCodes.InvalidParameter, FailureKind.InvalidCall, $"-Provider '{name}' is not known. Use {string.Join(" or ", Names)}.{NearName.Hint(name, Names)}");

    private static IDialect Infer(TargetOptions options)
    {
        string connectionString = options.ConnectionString;
        if (PostgresUri.Is(connectionString))
            return Array.Find(All, dialect => dialect is PostgresDialect)!;
        var keys = new DbConnectionStringBuilder();
        try
        {
            keys.ConnectionString = connectionString;
        }
        catch (ArgumentException)
        {
            // The message below asks for the provider.
            keys.Clear();
        }
        IDialect[] able = Array.FindAll(All, dialect => dialect.Recognizes(keys));
        return able is [var only] ? only : throw new EtlException(FailureCodes.InvalidParameter, FailureKind.InvalidCall, WhatIsMissing(options));
    }

    private static string WhatIsMissing(TargetOptions options)
    {
        if (options.ConnectionString.Length > 0)
            return $"-ConnectionString does not show the kind of database. Add -Provider {string.Join(" or ", Names)}.";
        if (options.Server is not null)
            return $"-ServerInstance does not show the kind of database. Add -Provider {string.Join(" or ", Names)}.";
        return "The call does not say which database to use. Give -SqlitePath for a SQLite file; -Provider PostgreSQL with -ServerInstance and -Database; -SqlInstance and -Database "
            + "for SQL Server; or -Provider with -ConnectionString.";
    }
}
