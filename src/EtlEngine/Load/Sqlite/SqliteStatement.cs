using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using SQLitePCL;

namespace EtlTools.Engine.Load.Sqlite;

/// <summary>A prepared statement. Parameters count from 0.</summary>
internal sealed unsafe class SqliteStatement : IDisposable
{
    private const int DefaultArenaSize = 16 * 1024;

    private readonly sqlite3_stmt _statement;
    private readonly nint _handle;

    /// <summary>Texts and bytes of the row at hand, where the garbage collector leaves them in place: SQLite reads them
    /// there instead of copying each.</summary>
    private readonly byte[] _arena;

    /// <summary>Values too large for the arena.</summary>
    private readonly List<byte[]> _large = [];
    private readonly int _parameters;
    private int _used;
    private int _bindResult;

    /// <param name="database">The connection.</param>
    /// <param name="sql">The statement.</param>
    /// <param name="arenaSize">Bytes of text that need no allocation each time it runs.</param>
    public SqliteStatement(sqlite3 database, string sql, int arenaSize = DefaultArenaSize)
    {
        _arena = GC.AllocateUninitializedArray<byte>(arenaSize, pinned: true);
        int result = raw.sqlite3_prepare_v3(database, sql, raw.SQLITE_PREPARE_PERSISTENT, out _statement);
        if (result != raw.SQLITE_OK)
            throw SqliteErrors.ToPreparingException(database, result);
        _handle = _statement.DangerousGetHandle();
        _parameters = raw.sqlite3_bind_parameter_count(_statement);
    }

    /// <summary>Binds a parameter for the next <see cref="Run"/>, which tells what went wrong. One that the statement has no use for
    /// is passed over.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Bind(int parameter, in SqliteValue value)
    {
        if (parameter >= _parameters)
            return;
        int result = value.Storage switch
        {
            StorageClass.Integer => NativeMethods.BindInteger(_handle, parameter + 1, value.Integer),
            StorageClass.Real => NativeMethods.BindReal(_handle, parameter + 1, value.Real),
            StorageClass.Text => NativeMethods.BindText(_handle, parameter + 1, Keep(value.Bytes), value.Bytes.Length, NativeMethods.Static),
            StorageClass.Blob => NativeMethods.BindBlob(_handle, parameter + 1, Keep(value.Bytes), value.Bytes.Length, NativeMethods.Static),
            _ => NativeMethods.BindNull(_handle, parameter + 1),
        };
        if (result != raw.SQLITE_OK)
            _bindResult = result;
    }

    /// <summary>Runs the statement to its first row or its end, and resets it.</summary>
    /// <returns>SQLITE_ROW, SQLITE_DONE, or the extended code of what went wrong.</returns>
    public int Run()
    {
        int result = _bindResult;
        if (result == raw.SQLITE_OK)
        {
            result = NativeMethods.Step(_handle);
            // Only says again what the step said.
            _ = NativeMethods.Reset(_handle);
        }
        _bindResult = raw.SQLITE_OK;
        _used = 0;
        _large.Clear();
        return result;
    }

    public void Dispose() => _statement.Dispose();

    /// <summary>Copies bytes to where they stay until the statement has run.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private byte* Keep(ReadOnlySpan<byte> bytes)
    {
        byte[] home = _arena;
        int at = _used;
        if (bytes.Length >= _arena.Length - _used)
        {
            // Never empty: SQLite would take a null address for a null.
            home = GC.AllocateUninitializedArray<byte>(bytes.Length + 1, pinned: true);
            at = 0;
            _large.Add(home);
        }
        else
        {
            _used += bytes.Length;
        }
        bytes.CopyTo(home.AsSpan(at));
        return (byte*)Marshal.UnsafeAddrOfPinnedArrayElement(home, at);
    }
}
