using EtlTools.Engine.DeadLetters;

namespace EtlTools.Engine.Records;

/// <summary>
/// The rows of one piece of a source in a shared buffer. A record reads its values from the block on first use, so that
/// values nobody looks at never become objects; it also is the record's lineage, which outlives its values.
/// Blocks are immutable once their records are handed out.
/// </summary>
internal abstract class RecordBlock
{
    private ColumnBlock? _through;
    private PartBlock? _parts;

    /// <summary>The value at a row and column of the block, both from 0, made afresh.</summary>
    public abstract object? GetValue(int row, int column);

    /// <summary>The value's text as UTF-8 without making a string of it; false where the value is not text, or null.</summary>
    public virtual bool TryGetUtf8(int row, int column, out ReadOnlySpan<byte> utf8)
    {
        utf8 = default;
        return false;
    }

    /// <summary>How many records a row of the block counts as, on average; see <see cref="RecordWeight"/>.</summary>
    public virtual int RowWeight => 1;

    /// <summary>Where the row stands in its source.</summary>
    public abstract SourcePosition GetPosition(int row);

    /// <summary>The row's identity: source and line unless the source has a better one.</summary>
    public virtual string GetId(int row) => GetPosition(row).ToString();

    /// <summary>The hash of the row's bytes in its source; 0 if there are none.</summary>
    public virtual uint GetHash(int row) => 0;

    /// <summary>What stands before the row's position and at it; null if the source cannot be read from there.</summary>
    public virtual SourceCheck? GetCheck(int row) => null;

    /// <summary>Whether it is known that no further record comes from the row's position.</summary>
    public virtual bool IsLastAtPosition(int row) => true;

    /// <summary>Whether the source ended in the row, before its end: someone may still be writing it.</summary>
    public virtual bool IsUnfinished(int row) => false;

    /// <summary>The dead letter that the row was read back from; null for a row that has not failed before.</summary>
    public virtual DeadLetter? GetDeadLetter(int row) => null;

    /// <summary>The same rows with other columns. The last answer is kept, since one map serves all rows of a block.</summary>
    internal RecordBlock Through(ColumnMap map)
    {
        ColumnBlock? known = Volatile.Read(ref _through);
        if (known is null || !ReferenceEquals(known.Map, map))
        {
            known = new ColumnBlock(this, map);
            Volatile.Write(ref _through, known);
        }
        return known;
    }

    /// <summary>The same rows, each with another part of it to come.</summary>
    internal RecordBlock Parts => _parts ??= new PartBlock(this);
}
