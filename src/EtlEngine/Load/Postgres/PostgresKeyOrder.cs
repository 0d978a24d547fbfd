using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace EtlTools.Engine.Load.Postgres;

/// <summary>
/// The order of a batch's keys, by their encoded bytes. Two loads that write the same keys in the same order wait for each other instead of
/// causing a deadlock. For the server, sorting whole rows would cost a fifth of their upsert.
/// </summary>
internal sealed class PostgresKeyOrder(PostgresTable table)
{
    private readonly PostgresType[] _types = [.. table.Key.Select(column => (PostgresType)column.Type)];

    /// <summary>Which part of the key the column at an index is; -1 for none.</summary>
    private readonly int[] _partOf = [.. table.Columns.Select(column => table.Key.TakeWhile(key => !ReferenceEquals(key, column)).Count() is var part && part < table.Key.Count ? part : -1)];

    private readonly int[] _row = new int[table.Key.Count];

    /// <summary>The positions of the key parts in the buffer, for each row.</summary>
    private readonly List<int> _at = [];

    private int Count => _at.Count / _types.Length;

    /// <summary>Whether each key is greater than the previous one.</summary>
    public bool IsAscending { get; private set; } = true;

    /// <summary>A value of the current row starts.</summary>
    /// <param name="place">The column's place in the table.</param>
    /// <param name="at">The position.</param>
    public void BeginValue(int place, int at)
    {
        if (_partOf[place] >= 0)
            _row[_partOf[place]] = at;
    }

    /// <summary>The row is complete.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void EndRow(PostgresBuffer buffer)
    {
        _at.AddRange(_row);
        IsAscending = IsAscending && (Count == 1 || Compare(buffer[..buffer.Length].Span, Count - 2, Count - 1) < 0);
    }

    /// <summary>The rows in the order of their keys; rows with the same key in their own order.</summary>
    public int[] Sorted(PostgresBuffer buffer)
    {
        ReadOnlyMemory<byte> bytes = buffer[..buffer.Length];
        int[] rows = [.. Enumerable.Range(0, Count)];
        Array.Sort(rows, (one, other) => Compare(bytes.Span, one, other) is not 0 and var order ? order : one.CompareTo(other));
        return rows;
    }

    private int Compare(ReadOnlySpan<byte> bytes, int one, int other)
    {
        for (int part = 0; part < _types.Length; part++)
        {
            int order = _types[part].Compare(ValueAt(bytes, _at[(one * _types.Length) + part]), ValueAt(bytes, _at[(other * _types.Length) + part]));
            if (order != 0)
                return order;
        }
        return 0;
    }

    private static ReadOnlySpan<byte> ValueAt(ReadOnlySpan<byte> bytes, int at) =>
        bytes.Slice(at + sizeof(int), BinaryPrimitives.ReadInt32BigEndian(bytes[at..]));
}
