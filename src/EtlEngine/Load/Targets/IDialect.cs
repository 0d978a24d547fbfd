using System.Data.Common;
using EtlTools.Engine.Extract.Sql;

namespace EtlTools.Engine.Load;

/// <summary>One kind of database.</summary>
internal interface IDialect
{
    /// <summary>The value of -Provider.</summary>
    string Name { get; }

    /// <summary>Whether its databases are on a server, which may be unreachable when work on it must stop.</summary>
    bool IsOnServer { get; }

    /// <summary>Whether several processes can load a table in shares of its keys.</summary>
    bool TakesShares => false;

    /// <summary>Whether a connection string can only be meant for this kind of database.</summary>
    bool Recognizes(DbConnectionStringBuilder connectionString);

    /// <summary>Whether a server name can only be meant for this kind of database.</summary>
    bool RecognizesServer(string server) => false;

    /// <summary>The schemas in which a connection looks for a table without one, if it does not leave that to the database; null if it does.</summary>
    string? SchemasOf(TargetOptions options) => null;

    /// <summary>What lets a load write while the same pipeline reads the database, as a clause.</summary>
    string BesideReader => "add the columns to the table before the load";

    /// <summary>The default number of records in a transaction.</summary>
    int BatchSize => LoadOptions.DefaultBatchSize;

    /// <summary>Connects, reads the target's columns and checks what can be checked before the first record.</summary>
    /// <exception cref="EtlException">The call cannot work; the message says what to change.</exception>
    /// <exception cref="TransientTargetException">The target is locked or unavailable.</exception>
    ValueTask<ITarget> OpenAsync(LoadOptions options, CancellationToken cancellationToken);

    /// <summary>Connects to the database of the watermarks, without a table to load into.</summary>
    /// <exception cref="EtlException">The call cannot work; the message says what to change.</exception>
    /// <exception cref="TransientTargetException">The database is locked or unavailable.</exception>
    ValueTask<WatermarkStore> OpenWatermarksAsync(TargetOptions options, TableName table, CancellationToken cancellationToken);

    /// <summary>Connects to read the catalog. Nothing is written, and no database is created.</summary>
    /// <exception cref="EtlException">The call cannot work; the message says what to change.</exception>
    /// <exception cref="TransientTargetException">The database is locked or unavailable.</exception>
    ValueTask<TargetCatalog> OpenCatalogAsync(TargetOptions options, CancellationToken cancellationToken);

    /// <summary>The database as messages and sources show it, without a user.</summary>
    /// <exception cref="EtlException">The options do not name it.</exception>
    string NameOf(TargetOptions options);

    /// <summary>Connects to read rows. Nothing is written, and no database is created.</summary>
    /// <exception cref="EtlException">The call cannot work; the message says what to change.</exception>
    /// <exception cref="TransientTargetException">The database is locked or unavailable.</exception>
    ValueTask<QuerySession> OpenQueryAsync(TargetOptions options, CancellationToken cancellationToken);
}
