using System.Runtime.InteropServices;

namespace EtlTools.Engine.Load.Sqlite;

/// <summary>
/// What SQLitePCLRaw does not offer, or only at a price for each value or row, from the same native library. None of the
/// calls without a GC transition waits, runs long or calls back.
/// </summary>
internal static unsafe partial class NativeMethods
{
    private const string Library = "e_sqlite3";

    /// <summary>SQLITE_STATIC: the memory stays where it is for as long as the value is bound.</summary>
    public const nint Static = 0;

    /// <summary>SQLITE_FCNTL_HAS_MOVED: whether the database's path no longer leads to the open file.</summary>
    public const int HasMoved = 20;

    [LibraryImport(Library, EntryPoint = "sqlite3_file_control", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int FileControl(nint database, string name, int operation, out int result);

    [LibraryImport(Library, EntryPoint = "sqlite3_step")]
    public static partial int Step(nint statement);

    [LibraryImport(Library, EntryPoint = "sqlite3_reset")]
    public static partial int Reset(nint statement);

    /// <summary>SQLITE_INSERT, as the update hook is told.</summary>
    public const int Insert = 18;

    [LibraryImport(Library, EntryPoint = "sqlite3_update_hook")]
    public static partial void* SetUpdateHook(nint database, delegate* unmanaged[Cdecl]<void*, int, byte*, byte*, long, void> hook, void* state);

    [LibraryImport(Library, EntryPoint = "sqlite3_set_last_insert_rowid")]
    [SuppressGCTransition]
    public static partial void SetLastInsertRowid(nint database, long rowid);

    [LibraryImport(Library, EntryPoint = "sqlite3_last_insert_rowid")]
    [SuppressGCTransition]
    public static partial long GetLastInsertRowid(nint database);

    [LibraryImport(Library, EntryPoint = "sqlite3_changes")]
    [SuppressGCTransition]
    public static partial int GetChanges(nint database);

    [LibraryImport(Library, EntryPoint = "sqlite3_bind_null")]
    [SuppressGCTransition]
    public static partial int BindNull(nint statement, int parameter);

    [LibraryImport(Library, EntryPoint = "sqlite3_bind_int64")]
    [SuppressGCTransition]
    public static partial int BindInteger(nint statement, int parameter, long value);

    [LibraryImport(Library, EntryPoint = "sqlite3_bind_double")]
    [SuppressGCTransition]
    public static partial int BindReal(nint statement, int parameter, double value);

    [LibraryImport(Library, EntryPoint = "sqlite3_bind_text")]
    [SuppressGCTransition]
    public static partial int BindText(nint statement, int parameter, byte* value, int bytes, nint destructor);

    [LibraryImport(Library, EntryPoint = "sqlite3_bind_blob")]
    [SuppressGCTransition]
    public static partial int BindBlob(nint statement, int parameter, byte* value, int bytes, nint destructor);
}
