using System.Runtime.InteropServices;

namespace EtlTools.Engine.Load.Sqlite;

/// <summary>What SQLitePCLRaw does not offer, from the same native library.</summary>
internal static partial class NativeMethods
{
    [LibraryImport("e_sqlite3", EntryPoint = "sqlite3_set_last_insert_rowid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.AssemblyDirectory | DllImportSearchPath.SafeDirectories)]
    internal static partial void SetLastInsertRowid(nint database, long rowid);
}
