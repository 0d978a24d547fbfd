using System.Net;

namespace EtlTools.Engine.Load;

/// <summary>Which database, and how to get there.</summary>
internal record TargetOptions
{
    /// <summary>The database: one of <see cref="Dialects.Names"/>; empty if the other properties show it.</summary>
    public string Provider { get; init; } = "";

    /// <summary>The connection string, in the provider's own form; empty if the other properties say it all.</summary>
    public string ConnectionString { get; init; } = "";

    /// <summary>The server, with its port or instance; null for what the connection string says.</summary>
    public string? Server { get; init; }

    /// <summary>The database on the server; null for what the connection string says.</summary>
    public string? Database { get; init; }

    /// <summary>A SQLite file; null for what the connection string says. It says the kind of database, too.</summary>
    public string? SqlitePath { get; init; }

    /// <summary>User and password; null for what the connection string or the driver's own ways say.</summary>
    public NetworkCredential? Credential { get; init; }

    /// <summary>How long a statement may take; null, the default, for what the connection string or the driver says.</summary>
    public TimeSpan? CommandTimeout { get; init; }

    /// <summary>Options that only one kind of database has; null, the default, for none.</summary>
    public ProviderOptions? Specific { get; init; }

    /// <summary>The folder that a relative database file is resolved against; default the process's.</summary>
    public string? BaseDirectory { get; init; }
}
