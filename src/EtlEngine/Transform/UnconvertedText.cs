using EtlTools.Engine.Records;

namespace EtlTools.Engine.Transform;

/// <summary>
/// A text of a failed record that should be converted with options other than the defaults. Its dead letter stores them, because the same
/// text may be another value in another culture.
/// </summary>
/// <param name="Column">The column.</param>
/// <param name="Text">The text: the same object as in the record, so that it is found under another name.</param>
/// <param name="Context">The options for converting it.</param>
internal sealed record UnconvertedText(string Column, string Text, ConversionContext Context)
{
    /// <summary>What the record's dead letter says about one of its texts; null for nothing. A text that a script repairs keeps its
    /// source's options.</summary>
    public static UnconvertedText? In(Record record, int index)
    {
        if (record.DeadLetter is not { Unconverted: { Count: > 0 } texts } || record[index] is not string { Length: > 0 } value)
            return null;
        foreach (UnconvertedText text in texts)
        {
            if (ReferenceEquals(text.Text, value) || text.Column.Equals(record.Schema[index], StringComparison.OrdinalIgnoreCase))
                return text;
        }
        return null;
    }

    /// <summary>The index of such a text in a record, or -1; most records have none.</summary>
    public static int FirstIn(Record record)
    {
        if (record.DeadLetter is not { Unconverted.Count: > 0 })
            return -1;
        for (int i = 0; i < record.Schema.Count; i++)
        {
            if (In(record, i) is not null)
                return i;
        }
        return -1;
    }

    /// <summary>The record with a column's text as an ordinary text.</summary>
    public Record Accept(Record record) =>
        record.WithDeadLetter(record.DeadLetter! with { Unconverted = [.. record.DeadLetter.Unconverted.Where(text => !ReferenceEquals(text, this))] });
}
