using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using EtlTools.Engine.Load.Staged;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Load.Postgres;

/// <summary>
/// A batch as the body of a binary COPY. If all rows have the same columns, it is sent unchanged; otherwise nulls are inserted for missing
/// columns while it is sent.
/// </summary>
internal sealed class PostgresRows(StagedPlans? plans, Func<bool> isStale) : StagedRows(plans)
{
    /// <summary>The size in bytes at which a batch is closed even if it could take more rows.</summary>
    private const int MaxBytes = 64 * 1024 * 1024;

    /// <summary>A row starts with the number of its fields, followed by its own number as the first field.</summary>
    private const int RowHead = 2 + 4 + 4;

    private static readonly byte[] FileHead = [.. "PGCOPY\n"u8, 0xFF, (byte)'\r', (byte)'\n', 0, 0, 0, 0, 0, 0, 0, 0, 0];
    private static readonly byte[] FileEnd = [0xFF, 0xFF];

    /// <summary>The types of the table's columns.</summary>
    private readonly PostgresType[] _types = [.. (plans?.Table.Columns ?? []).Select(column => (PostgresType)column.Type)];

    private readonly PostgresBuffer _buffer = new();
    private readonly Utf8Scratch _scratch = new();
    private readonly List<int> _starts = [];
    private readonly PostgresKeyOrder? _order = plans?.Table is PostgresTable { IsSentInOrder: true } table ? new PostgresKeyOrder(table) : null;
    private int _rowStart;
    private int _fields;

    public override bool IsFull => _buffer.Length >= MaxBytes || isStale();

    /// <summary>Sends the rows with their numbers, in the order of their keys if <see cref="PostgresTable.IsSentInOrder"/>.</summary>
    /// <param name="stream">A raw binary COPY.</param>
    /// <param name="columns">The columns that the COPY names after the row number.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    public async ValueTask CopyToAsync(Stream stream, IReadOnlyList<TargetColumn> columns, CancellationToken cancellationToken)
    {
        bool isUniform = Plans.All(plan => plan.Columns.Count == columns.Count);
        int[]? sorted = _order is { IsAscending: false } ? _order.Sorted(_buffer) : null;
        PostgresBuffer body = !isUniform ? Widen(columns, sorted) : sorted is null ? _buffer : Rearrange(sorted);
        await SendAsync(stream, body, cancellationToken).ConfigureAwait(false);
        if (!ReferenceEquals(body, _buffer))
            body.GiveBack();
    }

    /// <summary>Sends the rows, which all have the same columns, without their numbers.</summary>
    /// <param name="stream">A raw binary COPY that names these columns.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    public async ValueTask CopyBareToAsync(Stream stream, CancellationToken cancellationToken)
    {
        PostgresBuffer bare = Bare();
        await SendAsync(stream, bare, cancellationToken).ConfigureAwait(false);
        bare.GiveBack();
    }

    private static async ValueTask SendAsync(Stream stream, PostgresBuffer body, CancellationToken cancellationToken)
    {
        await stream.WriteAsync(FileHead, cancellationToken).ConfigureAwait(false);
        await stream.WriteAsync(body[..body.Length], cancellationToken).ConfigureAwait(false);
        await stream.WriteAsync(FileEnd, cancellationToken).ConfigureAwait(false);
    }

    public override void Dispose() => _buffer.GiveBack();

    protected override void BeginRow()
    {
        _rowStart = _buffer.Length;
        _fields = 1;
        _buffer.Take(RowHead);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override string? Append(int place, Record record, int index, out bool isNull)
    {
        _fields++;
        _order?.BeginValue(place, _buffer.Length);
        return _types[place].Write(_buffer, _scratch, record, index, out isNull);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void EndRow(int row)
    {
        _starts.Add(_rowStart);
        _buffer.SetRowHead(_rowStart, (short)_fields, row);
        _order?.EndRow(_buffer);
    }

    protected override void DropRow() => _buffer.CutTo(_rowStart);

    private ReadOnlyMemory<byte> RowAt(int i) => _buffer[_starts[i]..(i + 1 < _starts.Count ? _starts[i + 1] : _buffer.Length)];

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private PostgresBuffer Bare()
    {
        var bare = new PostgresBuffer();
        for (int i = 0; i < _starts.Count; i++)
        {
            ReadOnlyMemory<byte> values = RowAt(i)[RowHead..];
            Span<byte> row = bare.Take(sizeof(short) + values.Length);
            BinaryPrimitives.WriteInt16BigEndian(row, (short)PlanOf(Numbers[i])!.Columns.Count);
            values.Span.CopyTo(row[sizeof(short)..]);
        }
        return bare;
    }

    private PostgresBuffer Rearrange(int[] sorted)
    {
        var rearranged = new PostgresBuffer();
        foreach (int i in sorted)
            RowAt(i).Span.CopyTo(rearranged.Take(RowAt(i).Length));
        return rearranged;
    }

    private PostgresBuffer Widen(IReadOnlyList<TargetColumn> columns, int[]? sorted)
    {
        var wide = new PostgresBuffer();
        foreach (int i in sorted ?? Enumerable.Range(0, Numbers.Count))
        {
            IReadOnlyList<TargetColumn> given = PlanOf(Numbers[i])!.Columns;
            int next = 0;
            int at = _starts[i] + RowHead;
            int start = wide.Length;
            wide.Take(RowHead);
            wide.SetRowHead(start, (short)(columns.Count + 1), Numbers[i]);
            foreach (TargetColumn column in columns)
            {
                if (next == given.Count || !ReferenceEquals(given[next], column))
                {
                    wide.WriteNull();
                    continue;
                }
                int length = Math.Max(0, BinaryPrimitives.ReadInt32BigEndian(_buffer[at..(at + 4)].Span)) + 4;
                _buffer[at..(at + length)].Span.CopyTo(wide.Take(length));
                at += length;
                next++;
            }
        }
        return wide;
    }
}
