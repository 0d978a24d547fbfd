using System.Runtime.InteropServices;
using SQLitePCL;

namespace EtlTools.Engine.Load.Sqlite;

/// <summary>SQLite's native library, which the module brings for 64-bit platforms.</summary>
internal static class SqliteLibrary
{
    private static readonly Lazy<EtlException?> Missing = new(Load);

    /// <summary>Loads the library.</summary>
    /// <exception cref="EtlException">There is none for this platform.</exception>
    public static void Require()
    {
        if (Missing.Value is { } missing)
            throw missing;
    }

    private static EtlException? Load()
    {
        try
        {
            Batteries_V2.Init();
        }
        catch (Exception e) when ((e is TypeInitializationException { InnerException: { } inner } ? inner : e) is DllNotFoundException or BadImageFormatException)
        {
            return new EtlException(
                FailureCodes.InvalidParameter, FailureKind.InvalidCall,
                $"SQLite cannot be used: the module's folder has no library of it for this platform ({RuntimeInformation.RuntimeIdentifier}). Use PowerShell for x64 or ARM64; if this is one, install the module again.", e);
        }
        // A connection is used by one thread at a time (an interrupt, which is allowed beside it, apart), so that SQLite need not lock it at
        // each of the dozen calls a row takes. Where SQLite was in use before this, it says no and goes on locking.
        _ = raw.sqlite3_config(raw.SQLITE_CONFIG_MULTITHREAD);
        return null;
    }
}
