using System.Text;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Extract.Csv;

/// <summary>
/// The parsed values of one chunk: texts as UTF-8 in one array, converted values beside them. A row is a frame of the
/// chunk; a row that failed has its position here and its values in its record.
/// </summary>
internal sealed class CsvBlock : RecordBlock
{
    private readonly CsvFile _file;
    private readonly long _offset;
    private readonly long _firstRow;
    private readonly int[] _starts;
    private readonly long _firstLine;
    private readonly int[] _lines;
    private readonly int[] _ends;
    private readonly object?[]?[] _converted;
    private byte[] _text = [];

    public CsvBlock(CsvChunk chunk)
    {
        _file = chunk.File;
        _offset = chunk.Offset;
        _firstRow = chunk.FirstRow;
        _firstLine = chunk.Frames[0].Line;
        int rows = chunk.Frames.Count;
        _starts = new int[rows];
        _lines = new int[rows];
        for (int row = 0; row < rows; row++)
        {
            _starts[row] = chunk.Frames[row].Start;
            _lines[row] = (int)(chunk.Frames[row].Line - _firstLine);
        }
        _ends = new int[rows * Columns];
        _converted = new object?[]?[Columns];
        for (int column = 0; column < Columns; column++)
        {
            if (_file.Types[column] != ColumnType.String)
                _converted[column] = new object?[rows];
        }
    }

    public Schema Schema => _file.Schema;

    private int Columns => _file.Schema.Count;

    /// <summary>Sets where a field's text ends.</summary>
    public void SetEnd(int row, int column, int end) => _ends[(row * Columns) + column] = end;

    /// <summary>Marks a row without values of its own: its text ends where the one before did.</summary>
    public void SetEmpty(int row, int end) => _ends.AsSpan(row * Columns, Columns).Fill(end);

    public void SetConverted(int row, int column, object? value) => _converted[column]![row] = value;

    /// <summary>Sets the text that the ends refer to.</summary>
    public void SetText(ReadOnlySpan<byte> text) => _text = text.ToArray();

    public override object? GetValue(int row, int column) =>
        _converted[column] is { } converted ? converted[row] : Encoding.UTF8.GetString(Slice(row, column));

    public override bool TryGetUtf8(int row, int column, out ReadOnlySpan<byte> utf8)
    {
        bool isText = _converted[column] is null;
        utf8 = isText ? Slice(row, column) : default;
        return isText;
    }

    public override SourcePosition GetPosition(int row) =>
        new(_file.Source, _firstLine + _lines[row], _offset + _starts[row], _firstRow + row);

    private ReadOnlySpan<byte> Slice(int row, int column)
    {
        int index = (row * Columns) + column;
        int start = index == 0 ? 0 : _ends[index - 1];
        return _text.AsSpan(start, _ends[index] - start);
    }
}
