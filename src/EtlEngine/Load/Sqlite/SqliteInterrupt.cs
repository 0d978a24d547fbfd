using SQLitePCL;

namespace EtlTools.Engine.Load.Sqlite;

/// <summary>
/// Interrupts the database's statement when the load is to stop, since no token does that, and again after a while: one that was
/// about to begin just then is not reached by the first time.
/// </summary>
internal sealed class SqliteInterrupt : IAsyncDisposable
{
    private static readonly TimeSpan Again = TimeSpan.FromMilliseconds(50);

    private readonly ITimer _timer;
    private readonly CancellationTokenRegistration _registration;

    public SqliteInterrupt(sqlite3 database, CancellationToken stopping)
    {
        // Real time, whatever the run's clock is: it is SQLite that is waited for.
        _timer = TimeProvider.System.CreateTimer(_ => raw.sqlite3_interrupt(database), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _registration = stopping.Register(() =>
        {
            raw.sqlite3_interrupt(database);
            _timer.Change(Again, Again);
        });
    }

    /// <summary>Waits for a running call, so that no closed database is interrupted.</summary>
    public async ValueTask DisposeAsync()
    {
        await _registration.DisposeAsync().ConfigureAwait(false);
        await _timer.DisposeAsync().ConfigureAwait(false);
    }
}
