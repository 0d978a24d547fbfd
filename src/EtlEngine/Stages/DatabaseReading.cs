using EtlTools.Engine.Records;

namespace EtlTools.Engine.Stages;

/// <summary>A database that a source of a run reads.</summary>
/// <param name="source">The table or query.</param>
/// <param name="database">The database as messages show it.</param>
internal sealed class DatabaseReading(SourceInfo source, string database)
{
    private volatile bool _hasEnded;

    /// <summary>The table or query.</summary>
    public SourceInfo Source => source;

    /// <summary>The database as messages show it.</summary>
    public string Database => database;

    /// <summary>Whether all of it was read. Until then the database may keep locks for it.</summary>
    public bool HasEnded => _hasEnded;

    /// <summary>All of it was read, or nothing more will be.</summary>
    public void End() => _hasEnded = true;
}
