using System.Text;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Extract.Csv;

/// <summary>
/// The rows of a chunk: the text columns' values one after the other in one array of UTF-8, without quotes, and the typed
/// columns' values as objects. Rows that failed have a position only.
/// </summary>
internal sealed class CsvBlock : RecordBlock
{
    private readonly CsvFile _file;
    private readonly CsvLayout _layout;
    private readonly long _firstLine;
    private readonly long _baseOffset;
    private readonly long _firstRow;
    private readonly int[] _offsets;
    private readonly int[]? _lines;
    private byte[] _text = [];

    public CsvBlock(CsvChunk chunk)
    {
        _file = chunk.File;
        _layout = chunk.File.Layout;
        _firstLine = chunk.FirstLine;
        _baseOffset = chunk.BaseOffset;
        _firstRow = chunk.FirstRow;
        ReadOnlySpan<CsvFrame> frames = chunk.Frames;
        _offsets = GC.AllocateUninitializedArray<int>(frames.Length);
        for (int row = 0; row < frames.Length; row++)
            _offsets[row] = frames[row].Start;
        // Mostly every record is one line, and the lines need not be kept.
        if (frames[^1].Line != frames.Length - 1)
            _lines = LinesOf(frames);
        Ends = GC.AllocateUninitializedArray<int>(frames.Length * _layout.TextColumns.Length);
        Typed = new object?[_layout.TypedColumns.Length][];
        for (int slot = 0; slot < Typed.Length; slot++)
            Typed[slot] = new object?[frames.Length];
    }

    /// <summary>Where each value of the text columns ends in the text, row by row; it begins where the one before ends.</summary>
    public int[] Ends { get; }

    /// <summary>The values of each typed column, by row.</summary>
    public object?[][] Typed { get; }

    /// <summary>Sets the text, when all of it is known and before a record is handed out.</summary>
    public void Complete(ReadOnlySpan<byte> text)
    {
        _text = GC.AllocateUninitializedArray<byte>(text.Length);
        text.CopyTo(_text);
    }

    public override object? GetValue(int row, int column) =>
        TryGetUtf8(row, column, out ReadOnlySpan<byte> utf8) ? Encoding.UTF8.GetString(utf8) : Typed[_layout.SlotOf(column)][row];

    public override bool TryGetUtf8(int row, int column, out ReadOnlySpan<byte> utf8)
    {
        if (_layout.Types[column] != Transform.ColumnType.String)
        {
            utf8 = default;
            return false;
        }
        int index = (row * _layout.TextColumns.Length) + _layout.SlotOf(column);
        int start = index == 0 ? 0 : Ends[index - 1];
        utf8 = _text.AsSpan(start, Ends[index] - start);
        return true;
    }

    public override SourcePosition GetPosition(int row) =>
        new(_file.Source, _firstLine + (_lines is null ? row : _lines[row]), _baseOffset + _offsets[row], _firstRow + row);

    private static int[] LinesOf(ReadOnlySpan<CsvFrame> frames)
    {
        int[] lines = GC.AllocateUninitializedArray<int>(frames.Length);
        for (int row = 0; row < lines.Length; row++)
            lines[row] = frames[row].Line;
        return lines;
    }
}
