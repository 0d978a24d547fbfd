using System.Data.Common;
using EtlTools.Engine.Extract.Sql;

namespace EtlTools.Engine.Load;

/// <summary>One kind of database.</summary>
internal interface IDialect
{
    /// <summary>The name that -Provider takes.</summary>
    string Name { get; }

    /// <summary>Whether its databases are on a server, which may no longer answer when work on it is to stop.</summary>
    bool IsOnServer { get; }

    /// <summary>Whether several processes can load a table in shares of its keys.</summary>
    bool TakesShares => false;

    /// <summary>Whether a connection string can be meant for this kind of database only.</summary>
    bool Recognizes(DbConnectionStringBuilder connectionString);

    /// <summary>Whether a server's name can be meant for this kind of database only.</summary>
    bool RecognizesServer(string server) => false;

    /// <summary>Records of a transaction at most where the call says nothing else.</summary>
    int BatchSize => LoadOptions.DefaultBatchSize;

    /// <summary>Connects, reads the target's columns and checks what can be checked before the first record.</summary>
    /// <exception cref="EtlException">The call cannot work; the message says what to change.</exception>
    /// <exception cref="TransientTargetException">The target is locked or does not answer just now.</exception>
    ValueTask<ITarget> OpenAsync(LoadOptions options, CancellationToken cancellationToken);

    /// <summary>Connects to where watermarks are kept, without a table to load into.</summary>
    /// <exception cref="EtlException">The call cannot work; the message says what to change.</exception>
    /// <exception cref="TransientTargetException">The database is locked or does not answer just now.</exception>
    ValueTask<WatermarkStore> OpenWatermarksAsync(TargetOptions options, string table, CancellationToken cancellationToken);

    /// <summary>Connects to ask what the database has. Nothing is written, and no database is made.</summary>
    /// <exception cref="EtlException">The call cannot work; the message says what to change.</exception>
    /// <exception cref="TransientTargetException">The database is locked or does not answer just now.</exception>
    ValueTask<TargetCatalog> OpenCatalogAsync(TargetOptions options, CancellationToken cancellationToken);

    /// <summary>The database as messages and sources show it, without a user.</summary>
    /// <exception cref="EtlException">The options do not tell it.</exception>
    string NameOf(TargetOptions options);

    /// <summary>Connects to read rows. Nothing is written, and no database is made.</summary>
    /// <exception cref="EtlException">The call cannot work; the message says what to change.</exception>
    /// <exception cref="TransientTargetException">The database is locked or does not answer just now.</exception>
    ValueTask<QuerySession> OpenQueryAsync(TargetOptions options, CancellationToken cancellationToken);
}
