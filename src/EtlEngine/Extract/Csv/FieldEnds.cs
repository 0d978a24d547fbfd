namespace EtlTools.Engine.Extract.Csv;

/// <summary>
/// Where the texts of a block's fields end, row by row; each begins where the one before it ends. Within a row they are
/// counted from its start, in two bytes where that is enough.
/// </summary>
internal sealed class FieldEnds
{
    private readonly int _columns;
    private readonly int[] _starts;
    private readonly ushort[] _narrow = [];
    private readonly int[] _wide = [];
    private readonly bool _isWide;

    /// <summary>Room for some rows.</summary>
    /// <param name="rows">How many.</param>
    /// <param name="columns">Fields of a row.</param>
    /// <param name="longest">The length of the longest row, in bytes.</param>
    public FieldEnds(int rows, int columns, int longest)
    {
        _columns = columns;
        _starts = GC.AllocateUninitializedArray<int>(rows);
        _isWide = longest > ushort.MaxValue;
        if (_isWide)
            _wide = GC.AllocateUninitializedArray<int>(rows * columns);
        else
            _narrow = GC.AllocateUninitializedArray<ushort>(rows * columns);
    }

    public void BeginRow(int row, int start) => _starts[row] = start;

    public void Set(int row, int slot, int end)
    {
        int index = (row * _columns) + slot;
        if (_isWide)
            _wide[index] = end - _starts[row];
        else
            _narrow[index] = (ushort)(end - _starts[row]);
    }

    /// <summary>A row without texts.</summary>
    public void SetEmpty(int row, int start)
    {
        BeginRow(row, start);
        for (int slot = 0; slot < _columns; slot++)
            Set(row, slot, start);
    }

    public (int Start, int End) this[int row, int slot]
    {
        get
        {
            int index = (row * _columns) + slot;
            int start = slot == 0 ? 0 : At(index - 1);
            return (_starts[row] + start, _starts[row] + At(index));
        }
    }

    private int At(int index) => _isWide ? _wide[index] : _narrow[index];
}
