using System.Buffers;
using System.Buffers.Binary;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Load.Sqlite;

/// <summary>Finds the rows of a transaction whose key a later one has again, comparing keys as the unique index does.</summary>
internal static class SqliteDuplicates
{
    /// <summary>Marks them as superseded; the last row of a key takes over the first's being an insert.</summary>
    public static void Mark(
        Batch batch, IReadOnlyList<RowRange> written, Func<Record, SqliteMapping> mappingOf, SqliteTable table, Utf8Scratch scratch)
    {
        // Rows that were all new have no duplicates among them.
        if (!written.Any(range => HasOldRow(batch, range)))
            return;
        int[] rows = [.. RowRange.RowsOf(written).Where(row => IsWritten(batch, row))];
        var key = new ArrayBufferWriter<byte>();
        // Most batches have none: hashes tell that without a copy of each key.
        var hashes = new HashSet<int>(rows.Length);
        if (Array.TrueForAll(rows, row => hashes.Add(KeyBytesComparer.Hash(Write(row).Span))))
            return;
        var newest = new Dictionary<ReadOnlyMemory<byte>, int>(KeyBytesComparer.Instance);
        foreach (int row in rows)
        {
            ReadOnlyMemory<byte> bytes = Write(row);
            if (newest.TryGetValue(bytes, out int earlier))
                Supersede(batch, earlier, row);
            newest[bytes.ToArray()] = row;
        }

        ReadOnlyMemory<byte> Write(int row)
        {
            key.ResetWrittenCount();
            WriteKey(key, batch[row], mappingOf(batch[row]), table, scratch);
            return key.WrittenMemory;
        }
    }

    private static bool HasOldRow(Batch batch, RowRange range)
    {
        for (int row = range.Start; row < range.End; row++)
        {
            if (IsWritten(batch, row) && batch.OutcomeOf(row) != RowOutcome.Inserted)
                return true;
        }
        return false;
    }

    private static bool IsWritten(Batch batch, int row) =>
        batch.OutcomeOf(row) is RowOutcome.Inserted or RowOutcome.Updated or RowOutcome.Written or RowOutcome.Unchanged;

    private static void Supersede(Batch batch, int earlier, int later)
    {
        // A key's first row tells whether it was new, and a later one that changed nothing stands for the one that did.
        if (batch.OutcomeOf(earlier) == RowOutcome.Inserted || batch.OutcomeOf(later) == RowOutcome.Unchanged)
            batch.SetOutcome(later, batch.OutcomeOf(earlier));
        batch.SetOutcome(earlier, RowOutcome.Superseded);
    }

    private static void WriteKey(
        ArrayBufferWriter<byte> key, Record record, SqliteMapping mapping, SqliteTable table, Utf8Scratch scratch)
    {
        for (int i = 0; i < table.Key.Count; i++)
        {
            SqliteConverter.Convert(record, mapping.Sources[mapping.KeySources[i]], mapping.Forms[mapping.KeySources[i]], scratch, out SqliteValue value);
            // Whole numbers are equal whether stored as integer or real.
            if (value.Storage == StorageClass.Real)
                value = SqliteValue.OfNumber(value.Real);
            ReadOnlySpan<byte> bytes = table.Collations[i] == "RTRIM" && value.Storage == StorageClass.Text
                ? value.Bytes.TrimEnd((byte)' ')
                : value.Bytes;
            bool isNumber = value.Storage is StorageClass.Integer or StorageClass.Real;
            Span<byte> head = key.GetSpan(9);
            head[0] = (byte)value.Storage;
            BinaryPrimitives.WriteInt64LittleEndian(
                head[1..],
                value.Storage == StorageClass.Real ? BitConverter.DoubleToInt64Bits(value.Real) : isNumber ? value.Integer : bytes.Length);
            key.Advance(9);
            Span<byte> body = key.GetSpan(bytes.Length);
            bytes.CopyTo(body);
            if (table.Collations[i] == "NOCASE" && value.Storage == StorageClass.Text)
                FoldAscii(body[..bytes.Length]);
            key.Advance(bytes.Length);
        }
    }

    /// <summary>NOCASE folds the 26 letters of ASCII and nothing else.</summary>
    private static void FoldAscii(Span<byte> text)
    {
        foreach (ref byte b in text)
        {
            if (b is >= (byte)'A' and <= (byte)'Z')
                b |= 0x20;
        }
    }

    private sealed class KeyBytesComparer : IEqualityComparer<ReadOnlyMemory<byte>>
    {
        public static KeyBytesComparer Instance { get; } = new();

        public bool Equals(ReadOnlyMemory<byte> x, ReadOnlyMemory<byte> y) => x.Span.SequenceEqual(y.Span);

        public int GetHashCode(ReadOnlyMemory<byte> obj) => Hash(obj.Span);

        public static int Hash(ReadOnlySpan<byte> bytes)
        {
            var hash = new HashCode();
            hash.AddBytes(bytes);
            return hash.ToHashCode();
        }
    }
}
