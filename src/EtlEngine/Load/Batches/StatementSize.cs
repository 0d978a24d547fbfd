namespace EtlTools.Engine.Load;

/// <summary>How many rows a statement may write: the whole batch, until the database has stopped a statement that took too long. A table
/// with slow triggers can only take a few rows at a time.</summary>
internal sealed class StatementSize
{
    /// <summary>By how much the number is reduced after a time-out. Each attempt costs a whole time-out, so there should be few.</summary>
    private const int Part = 8;

    /// <summary>After this many batches a larger number is tried again, because the database may have been slow only temporarily.</summary>
    private const int Patience = 16;

    private int _quiet;

    public int Rows { get; private set; } = int.MaxValue;

    /// <summary>A statement with this many rows took too long.</summary>
    public void Shrink(int rows) => (Rows, _quiet) = (Math.Max(rows / Part, 1), 0);

    /// <summary>A single row was the cause, not the number of rows.</summary>
    public void Reset() => Rows = int.MaxValue;

    /// <summary>A batch was loaded in time.</summary>
    public void Grow()
    {
        if (Rows < int.MaxValue && ++_quiet % Patience == 0)
            Rows = Rows > int.MaxValue / 2 ? int.MaxValue : Rows * 2;
    }
}
