using System.Collections;
using System.Runtime.CompilerServices;
using System.Text;
using EtlTools.Engine.Records;
using EtlTools.Engine.Transform;

namespace EtlTools.Engine.Extract.Csv;

/// <summary>
/// The rows of a chunk: the values of text columns one after another in one UTF-8 array, without quotes, and the values of typed columns as
/// objects. Failed rows have only a position.
/// </summary>
internal sealed class CsvBlock : RecordBlock
{
    private readonly CsvFile _file;
    private readonly CsvLayout _layout;
    private readonly long _firstLine;
    private readonly long _baseOffset;
    private readonly long _firstRow;
    private readonly int _unfinishedFrom;
    private readonly int[] _offsets;
    private readonly int[]? _lines;
    private readonly uint[] _hashes;
    private readonly SourceCheck _before;
    private BitArray? _nulls;
    private byte[] _text = [];
    private int _rowWeight = 1;

    public CsvBlock(CsvChunk chunk)
    {
        _file = chunk.File;
        _layout = chunk.File.Layout;
        _firstLine = chunk.FirstLine;
        _baseOffset = chunk.BaseOffset;
        _firstRow = chunk.FirstRow;
        _unfinishedFrom = chunk.UnfinishedFrom;
        ReadOnlySpan<CsvFrame> frames = chunk.Frames;
        _offsets = GC.AllocateUninitializedArray<int>(frames.Length);
        _hashes = GC.AllocateUninitializedArray<uint>(frames.Length);
        _before = chunk.Before;
        int longest = 0;
        for (int row = 0; row < frames.Length; row++)
        {
            _offsets[row] = frames[row].Start;
            _hashes[row] = SourceCheck.HashOf(frames[row].Content(chunk.Buffer));
            longest = Math.Max(longest, frames[row].MaxTextLength);
        }
        // Usually every record is one line, and the lines need not be stored.
        if (frames[^1].Line != frames.Length - 1)
            _lines = LinesOf(frames);
        Ends = new FieldEnds(frames.Length, _layout.TextColumns.Length, longest);
        Typed = new object?[_layout.TypedColumns.Length][];
        for (int slot = 0; slot < Typed.Length; slot++)
            Typed[slot] = new object?[frames.Length];
    }

    /// <summary>The position of each text column's value in the text.</summary>
    public FieldEnds Ends { get; }

    /// <summary>The values of each typed column, by row.</summary>
    public object?[][] Typed { get; }

    /// <summary>A null in a text column.</summary>
    public void SetNull(int row, int slot)
    {
        _nulls ??= new BitArray(_offsets.Length * _layout.TextColumns.Length);
        _nulls[(row * _layout.TextColumns.Length) + slot] = true;
    }

    /// <summary>Sets the text, after all of it is known and before a record is handed out.</summary>
    public void Complete(ReadOnlySpan<byte> text)
    {
        _text = GC.AllocateUninitializedArray<byte>(text.Length);
        text.CopyTo(_text);
        _rowWeight = RecordWeight.OfBytes(text.Length / _offsets.Length);
    }

    public override int RowWeight => _rowWeight;

    public override object? GetValue(int row, int column) =>
        _layout.Types[column] != ColumnType.String ? Typed[_layout.SlotOf(column)][row]
        : TryGetUtf8(row, column, out ReadOnlySpan<byte> utf8) ? Encoding.UTF8.GetString(utf8) : null;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override bool TryGetUtf8(int row, int column, out ReadOnlySpan<byte> utf8)
    {
        int slot = _layout.SlotOf(column);
        if (_layout.Types[column] != ColumnType.String || (_nulls is not null && _nulls[(row * _layout.TextColumns.Length) + slot]))
        {
            utf8 = default;
            return false;
        }
        (int start, int end) = Ends[row, slot];
        utf8 = _text.AsSpan(start, end - start);
        return true;
    }

    public override SourcePosition GetPosition(int row)
    {
        long line = _file.HasLines ? _firstLine + (_lines is null ? row : _lines[row]) : 0;
        return new(_file.Source, line, _baseOffset + _offsets[row], _firstRow + row);
    }

    public override uint GetHash(int row) => _hashes[row];

    public override SourceCheck? GetCheck(int row)
    {
        SourceCheck check = _before;
        for (int i = 0; i <= row; i++)
            check = check.With(_hashes[i]);
        return check;
    }

    public override bool IsUnfinished(int row) => row >= _unfinishedFrom;

    public override string GetId(int row) => CsvIds.Of(this, row, _layout.IdColumns) ?? base.GetId(row);

    private static int[] LinesOf(ReadOnlySpan<CsvFrame> frames)
    {
        int[] lines = GC.AllocateUninitializedArray<int>(frames.Length);
        for (int row = 0; row < lines.Length; row++)
            lines[row] = frames[row].Line;
        return lines;
    }
}
