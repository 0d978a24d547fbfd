using EtlTools.Engine.Records;

namespace EtlTools.Engine.Transform;

/// <summary>
/// A text of a failed record that a stage was to convert by options other than the default ones. Its dead letter says so, for
/// the same text may be another value in another culture.
/// </summary>
/// <param name="Column">The column.</param>
/// <param name="Text">The text: the very object that stands in the record, by which it is found under another name.</param>
/// <param name="Context">How it was to be read.</param>
internal sealed record UnconvertedText(string Column, string Text, ConversionContext Context)
{
    /// <summary>What the record's dead letter says of a text in it; null if it says nothing. A script that mends a text leaves
    /// it one of its source.</summary>
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

    /// <summary>Where such a text stands in a record, or -1: most records have none.</summary>
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

    /// <summary>The record with a column's text for good, as one like any other.</summary>
    public Record Accept(Record record) =>
        record.WithDeadLetter(record.DeadLetter! with { Unconverted = [.. record.DeadLetter.Unconverted.Where(text => !ReferenceEquals(text, this))] });
}
