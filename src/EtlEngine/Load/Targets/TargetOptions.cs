using System.Net;

namespace EtlTools.Engine.Load;

/// <summary>A database, and how to connect to it.</summary>
internal record TargetOptions
{
    /// <summary>The database: one of <see cref="Dialects.Names"/>; empty if the other properties show it.</summary>
    public string Provider { get; init; } = "";

    /// <summary>The connection string in the provider's own format; empty if the other properties are enough.</summary>
    public string ConnectionString { get; init; } = "";

    /// <summary>The server, with its port or instance; null for the one in the connection string.</summary>
    public string? Server { get; init; }

    /// <summary>The database on the server; null for the one in the connection string.</summary>
    public string? Database { get; init; }

    /// <summary>A SQLite file, which also shows the kind of database; null for the one in the connection string.</summary>
    public string? SqlitePath { get; init; }

    /// <summary>User and password; null for those in the connection string or the driver's default.</summary>
    public NetworkCredential? Credential { get; init; }

    /// <summary>The time-out of a statement; null, the default, for that of the connection string or the driver.</summary>
    public TimeSpan? CommandTimeout { get; init; }

    /// <summary>Options that only one kind of database supports; null, the default, for none.</summary>
    public ProviderOptions? Specific { get; init; }

    /// <summary>The folder for relative database files; default: the process's.</summary>
    public string? BaseDirectory { get; init; }
}
