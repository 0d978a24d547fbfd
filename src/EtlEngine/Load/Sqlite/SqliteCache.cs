using SQLitePCL;

namespace EtlTools.Engine.Load.Sqlite;

/// <summary>
/// How many pages SQLite keeps in memory. A small cache stays in the processor's, and is all that keys in order need: with 64 MiB such a load
/// takes 1.3 times as long. Keys in random order touch most pages of a large index, and for them the cache grows.
/// </summary>
internal sealed class SqliteCache(sqlite3 database)
{
    /// <summary>SQLITE_DBSTATUS_CACHE_MISS: pages read because they were not in the cache.</summary>
    private const int Misses = 8;

    private const int SmallKib = 8 * 1024;
    private const int LargeKib = 64 * 1024;

    /// <summary>A page read for so many rows means that the keys are in no order.</summary>
    private const int RowsAMiss = 4;

    /// <summary>Rows that are enough to judge by: a load that begins slowly has small batches, which read the upper levels of the index.</summary>
    private const int Enough = 1_000;

    private int _rows;

    /// <summary>Whether the keys were found to be in no order.</summary>
    public bool IsLarge { get; private set; }

    /// <summary>Sets what a connection begins with.</summary>
    public static void Begin(sqlite3 database) => Set(database, SmallKib);

    /// <summary>Lets the cache grow if the rows written, so many more, had to read too much.</summary>
    public void Adjust(int rows)
    {
        _rows += rows;
        if (IsLarge || _rows < Enough)
            return;
        int written = _rows;
        _rows = 0;
        if (raw.sqlite3_db_status(database, Misses, out int misses, out _, resetFlg: 1) != raw.SQLITE_OK || (long)misses * RowsAMiss <= written)
            return;
        IsLarge = true;
        Set(database, LargeKib);
    }

    private static void Set(sqlite3 database, int kib) => SqliteExec.Run(database, $"PRAGMA cache_size = -{kib}");
}
