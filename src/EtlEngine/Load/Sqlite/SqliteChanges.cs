using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace EtlTools.Engine.Load.Sqlite;

/// <summary>What a statement of several rows did to each: SQLite calls its update hook for every row that it inserts or updates, in
/// order (https://www.sqlite.org/c3ref/update_hook.html).</summary>
internal sealed unsafe class SqliteChanges : IDisposable
{
    private readonly nint _database;
    private readonly Noted* _noted;

    /// <param name="database">The connection, whose only hook this is.</param>
    public SqliteChanges(nint database)
    {
        _database = database;
        _noted = (Noted*)NativeMemory.AllocZeroed((nuint)sizeof(Noted));
        NativeMethods.SetUpdateHook(database, &Note, _noted);
    }

    /// <summary>The number of changed rows since <see cref="Begin"/>, in any table.</summary>
    public int Count => _noted->Count;

    /// <summary>Whether the change inserted a row.</summary>
    public bool IsInsert(int change) => _noted->Operations[change] == NativeMethods.Insert;

    /// <summary>Forgets earlier changes.</summary>
    public void Begin() => _noted->Count = 0;

    public void Dispose()
    {
        NativeMethods.SetUpdateHook(_database, null, null);
        NativeMemory.Free(_noted);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Note(void* noted, int operation, byte* database, byte* table, long rowid)
    {
        var changes = (Noted*)noted;
        if (changes->Count < SqlitePlan.MostAtOnce)
            changes->Operations[changes->Count] = operation;
        changes->Count++;
    }

    private struct Noted
    {
        public int Count;

        public fixed int Operations[SqlitePlan.MostAtOnce];
    }
}
