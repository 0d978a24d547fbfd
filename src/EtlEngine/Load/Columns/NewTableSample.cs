using EtlTools.Engine.Records;

namespace EtlTools.Engine.Load;

/// <summary>The first records of a load whose table does not exist yet; together they determine the types of its columns.</summary>
internal static class NewTableSample
{
    /// <summary>More records would tell little.</summary>
    private const int MostLookedAt = 1_000;

    /// <summary>A record with the columns of the first one, and in each column the value of the sample whose type accepts the others. Text
    /// among other values than bytes is ignored: it does not fit, and fails.</summary>
    /// <param name="first">The first record that fits.</param>
    /// <param name="sample">Records that arrived with it.</param>
    /// <param name="typeFor">The type for a value.</param>
    public static Record Example(Record first, IReadOnlyList<Record> sample, Func<Record, int, TargetType> typeFor)
    {
        if (sample.Count < 2)
            return first;
        Record[] records = [first, .. sample.Where(record => !ReferenceEquals(record, first)).Take(MostLookedAt)];
        return new Record(first.Schema, [.. first.Schema.Names.Select((name, i) => Telling([.. Cells(records, first, i, name)], typeFor))]);
    }

    private static IEnumerable<Cell> Cells(IEnumerable<Record> records, Record first, int at, string name)
    {
        foreach (Record record in records)
        {
            int index = ReferenceEquals(record.Schema, first.Schema) ? at : record.Schema.IndexOf(name);
            if (index >= 0 && (record.TryGetUnreadUtf8(index, out _) || record[index] is not (null or DBNull)))
                yield return new Cell(record, index);
        }
    }

    private static object? Telling(List<Cell> cells, Func<Record, int, TargetType> typeFor)
    {
        if (cells.Count == 0)
            return null;
        // A column for bytes would take the text as the bytes that it may write in base64. In one for text, the bytes fail.
        int text = cells.Exists(cell => cell.IsBytes) ? cells.FindIndex(cell => cell.IsText) : -1;
        if (text >= 0)
            return cells[text].Record[cells[text].Index];
        Cell best = cells[0];
        TargetType type = typeFor(best.Record, best.Index);
        for (int i = 1; i < cells.Count; i++)
        {
            Cell cell = cells[i];
            if (cell.IsAlike(best) || (type.Accepts(cell.Record, cell.Index) && !cell.IsRoundedBy(best)) || (cell.IsText && !best.IsText))
                continue;
            TargetType other = typeFor(cell.Record, cell.Index);
            if (cells.Take(i).All(earlier => other.Accepts(earlier.Record, earlier.Index) || (earlier.IsText && !best.IsText)))
                (best, type) = (cell, other);
        }
        return best.Record[best.Index];
    }

    private readonly record struct Cell(Record Record, int Index)
    {
        public bool IsText => Record.TryGetUnreadUtf8(Index, out _) || Record[Index] is string or char;

        public bool IsBytes => !IsText && Record[Index] is byte[];

        /// <summary>Whether a column for the other number accepts this one but may round it. A column for the finest of them takes all,
        /// whichever comes first.</summary>
        public bool IsRoundedBy(Cell other) => other.Fineness > 0 && Fineness > other.Fineness;

        /// <summary>The order of numbers with decimals by their digits; 0 for everything else.</summary>
        private int Fineness => IsText ? 0 : Record[Index] switch { Half => 1, float => 2, double => 3, decimal => 4, _ => 0 };

        /// <summary>Whether both have the same type by their kind alone, whatever they are.</summary>
        public bool IsAlike(Cell other) => !IsText && !other.IsText && Record[Index] is not (decimal or byte[])
            && Record[Index]!.GetType() == other.Record[other.Index]!.GetType();
    }
}
