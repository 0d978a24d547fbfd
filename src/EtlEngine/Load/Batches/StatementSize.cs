namespace EtlTools.Engine.Load;

/// <summary>How many rows a statement may write: all of a batch, until the database has ended one that took too long. A table whose triggers
/// need their time for each row takes some at a time only.</summary>
internal sealed class StatementSize
{
    /// <summary>What is left of a number that took too long. Each try costs as much as a statement may take, so that there are to be few.</summary>
    private const int Part = 8;

    /// <summary>After so many batches more is tried again: the database may only have been slow for a while.</summary>
    private const int Patience = 16;

    private int _quiet;

    public int Rows { get; private set; } = int.MaxValue;

    /// <summary>So many rows took too long.</summary>
    public void Shrink(int rows) => (Rows, _quiet) = (Math.Max(rows / Part, 1), 0);

    /// <summary>It was one row, and not their number.</summary>
    public void Reset() => Rows = int.MaxValue;

    /// <summary>A batch was loaded in time.</summary>
    public void Grow()
    {
        if (Rows < int.MaxValue && ++_quiet % Patience == 0)
            Rows = Rows > int.MaxValue / 2 ? int.MaxValue : Rows * 2;
    }
}
