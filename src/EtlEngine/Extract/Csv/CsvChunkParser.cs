using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Unicode;
using EtlTools.Engine.Records;
using EtlTools.Engine.Stages;
using EtlTools.Engine.Transform;

namespace EtlTools.Engine.Extract.Csv;

/// <summary>The parser of one worker, which creates records from chunks. Not thread-safe.</summary>
internal sealed class CsvChunkParser(CsvOptions options) : IDisposable
{
    private readonly CsvValues _values = new(options);
    private CsvDialect? _dialect;
    private CsvFields _fields = null!;
    private byte[] _text = [];
    private int _textLength;

    /// <summary>Works for the pool until there are no more chunks.</summary>
    public static async Task RunAsync(WorkerPort<CsvChunk> pool, CsvOptions options)
    {
        using var parser = new CsvChunkParser(options);
        await foreach (CsvChunk chunk in pool.Input.ReadAllAsync(pool.Stopping).ConfigureAwait(false))
        {
            long began = pool.Time.GetTimestamp();
            parser.Parse(chunk);
            chunk.ReturnBuffers();
            pool.Finish(chunk, pool.Time.GetElapsedTime(began));
        }
    }

    /// <summary>The fields of the first row that can be split, or null.</summary>
    public string[]? FirstRow(CsvChunk chunk)
    {
        Begin(chunk);
        for (int row = 0; row < chunk.Frames.Length; row++)
        {
            if (chunk.Frames[row].CanBeSplit && TrySplit(chunk, row))
                return [.. Enumerable.Range(0, _fields.Count).Select(_fields.GetText)];
        }
        return null;
    }

    /// <summary>Whether a row has this many fields.</summary>
    public bool HasRowOf(CsvChunk chunk, int width)
    {
        Begin(chunk);
        for (int row = 0; row < chunk.Frames.Length; row++)
        {
            if (chunk.Frames[row].CanBeSplit && TrySplit(chunk, row) && _fields.Count == width)
                return true;
        }
        return false;
    }

    /// <summary>Shows the values of a sample's rows to a guess.</summary>
    public void Sample(CsvChunk chunk, TypeGuess guess)
    {
        Begin(chunk);
        for (int row = 0; row < chunk.Frames.Length; row++)
        {
            if (!chunk.Frames[row].CanBeSplit || !TrySplit(chunk, row) || _fields.Count != chunk.File.Layout.Width)
                continue;
            for (int column = 0; column < chunk.File.Layout.Fields.Length; column++)
            {
                int field = chunk.File.Layout.Fields[column];
                if (guess.IsOpen(column) && !_values.IsNull(_fields, field))
                    guess.See(column, _fields.GetText(field));
            }
        }
    }

    /// <summary>Fills a chunk's output: one record for each frame.</summary>
    public void Parse(CsvChunk chunk)
    {
        Begin(chunk);
        var block = new CsvBlock(chunk);
        chunk.Output.EnsureCapacity(chunk.Frames.Length);
        for (int row = 0; row < chunk.Frames.Length; row++)
            Add(chunk, block, row);
        block.Complete(_text.AsSpan(0, _textLength));
        chunk.Made = chunk.Output.Count;
    }

    public void Dispose()
    {
        if (_text.Length > 0)
            ArrayPool<byte>.Shared.Return(_text);
        _text = [];
    }

    private void Begin(CsvChunk chunk)
    {
        if (!ReferenceEquals(_dialect, chunk.File.Dialect))
        {
            _dialect = chunk.File.Dialect;
            _fields = new CsvFields(_dialect);
        }
        _fields.Begin(chunk.Buffer);
        int room = MarkInvalidBytes(chunk) ? 3 * chunk.Buffer.Length : chunk.Buffer.Length;
        EnsureText(room + CsvFields.CopySlack);
    }

    private bool TrySplit(CsvChunk chunk, int row)
    {
        ref CsvFrame frame = ref chunk.Frames[row];
        return _fields.TrySplit(frame.Start, frame.Start + frame.Content(chunk.Buffer).Length);
    }

    /// <summary>Splits a row as far as its columns require.</summary>
    private bool TryPick(CsvChunk chunk, int row)
    {
        ref CsvFrame frame = ref chunk.Frames[row];
        return _fields.TrySplit(frame.Start, frame.Start + frame.Content(chunk.Buffer).Length, chunk.File.Layout.WantedFields);
    }

    /// <returns>Whether any must be replaced.</returns>
    private bool MarkInvalidBytes(CsvChunk chunk)
    {
        Span<CsvFrame> frames = chunk.Frames;
        int start = frames[0].Start;
        int end = frames[^1].Start + frames[^1].Length;
        ReadOnlySpan<byte> all = chunk.Buffer.AsSpan(start, end - start);
        bool hasNuls = all.Contains((byte)0);
        if (!hasNuls && IsText(chunk, all))
            return false;
        bool replaces = options.InvalidBytes == InvalidBytesAction.Replace;
        foreach (ref CsvFrame frame in frames)
        {
            if (frame.Kind != CsvFrameKind.Good)
                continue;
            ReadOnlySpan<byte> row = chunk.Buffer.AsSpan(frame.Start, frame.Length);
            if (!IsText(chunk, row))
                frame.Kind = replaces ? CsvFrameKind.Repaired : CsvFrameKind.InvalidBytes;
            else if (hasNuls && !replaces && IsFullOfNuls(frame.Content(chunk.Buffer)))
                frame.Kind = CsvFrameKind.InvalidBytes;
        }
        return replaces;
    }

    private static bool IsText(CsvChunk chunk, ReadOnlySpan<byte> bytes) =>
        Utf8.IsValid(bytes) && !(chunk.File.IsTranscoded && bytes.IndexOf(TextEncoding.InvalidMark) >= 0);

    /// <summary>Text in UTF-16 that was appended to a file in another encoding, or the zeros that a power failure leaves.</summary>
    private static bool IsFullOfNuls(ReadOnlySpan<byte> row) => row.Count((byte)0) is > 1 and var nuls && 3 * nuls >= row.Length;

    private void Add(CsvChunk chunk, CsvBlock block, int row)
    {
        ref CsvFrame frame = ref chunk.Frames[row];
        Record? failed = frame.CanBeSplit
            ? TryPick(chunk, row) ? FailureOf(chunk, block, row) : Unsplit(chunk, block, row)
            : CsvFailures.Unframed(chunk.File, frame, frame.Content(chunk.Buffer), block, row);
        if (failed is not null)
        {
            // The record carries its values itself, not in the block.
            block.Ends.SetEmpty(row, _textLength);
            chunk.Output.Add(failed);
            return;
        }
        AddTexts(chunk.File.Layout, block, row, isRepaired: frame.Kind == CsvFrameKind.Repaired);
        chunk.Output.Add(new Record(chunk.File.Layout.Schema, block, row));
    }

    private Record Unsplit(CsvChunk chunk, CsvBlock block, int row)
    {
        ReadOnlySpan<byte> content = chunk.Frames[row].Content(chunk.Buffer);
        return _fields.Count > CsvFields.MaxFields
            ? CsvFailures.FarTooWide(chunk.File, content, block, row)
            : CsvFailures.Malformed(chunk.File, _fields.Count - 1, content, block, row);
    }

    /// <summary>Converts a row that was split.</summary>
    /// <returns>The failed record, if it fails.</returns>
    private Record? FailureOf(CsvChunk chunk, CsvBlock block, int row)
    {
        CsvLayout layout = chunk.File.Layout;
        if (_fields.Count != layout.Width
            && !options.MismatchedFields.HasFlag(_fields.Count < layout.Width ? MismatchedFields.Pad : MismatchedFields.Truncate))
        {
            TrySplit(chunk, row);
            if (!HasOnlyEmptyBeyond(layout.Width))
                return CsvFailures.WrongWidth(chunk.File, [.. Enumerable.Range(0, _fields.Count).Select(_fields.GetText)], block, row);
        }
        if (chunk.Frames[row].Length > options.MaxFieldBytes)
        {
            TrySplit(chunk, row);
            for (int field = 0; field < _fields.Count; field++)
            {
                if (_fields.LengthOf(field) > options.MaxFieldBytes)
                    return CsvFailures.TooLong(chunk.File, field, chunk.Frames[row].Content(chunk.Buffer), block, row);
            }
        }
        if (chunk.File.Dialect.EscapesAll && HasInvalidCodes(layout))
        {
            if (options.InvalidBytes != InvalidBytesAction.Replace)
                return CsvFailures.InvalidCodes(chunk.File, chunk.Frames[row].Content(chunk.Buffer), block, row);
            // A code is longer than what takes its place, so the row keeps within its room.
            chunk.Frames[row].Kind = CsvFrameKind.Repaired;
        }
        for (int slot = 0; slot < layout.TypedColumns.Length; slot++)
        {
            int column = layout.TypedColumns[slot];
            if (!_values.TryConvert(_fields, layout, column, out block.Typed[slot][row]))
                return Unconverted(chunk.File, block, row);
        }
        return null;
    }

    private bool HasInvalidCodes(CsvLayout layout)
    {
        foreach (int field in layout.Fields)
        {
            if (field < _fields.Count && _fields.HasInvalidCodes(field))
                return true;
        }
        return false;
    }

    /// <summary>A row with a value that cannot be converted, which stays text; the others are converted as usual.</summary>
    private Record Unconverted(CsvFile file, CsvBlock block, int row)
    {
        CsvLayout layout = file.Layout;
        var refused = new List<int>();
        var values = new object?[layout.Fields.Length];
        for (int column = 0; column < values.Length; column++)
        {
            if (layout.Types[column] != ColumnType.String && _values.TryConvert(_fields, layout, column, out values[column]))
                continue;
            values[column] = ValueOf(layout.Fields[column]);
            if (layout.Types[column] != ColumnType.String)
                refused.Add(column);
        }
        return CsvFailures.Unconverted(file, refused, values, block, row);
    }

    /// <summary>Whether the row is good except for empty fields that are left out.</summary>
    private bool HasOnlyEmptyBeyond(int width)
    {
        if (!options.MismatchedFields.HasFlag(MismatchedFields.DropEmpty) || _fields.Count < width)
            return false;
        for (int field = width; field < _fields.Count; field++)
        {
            if (_fields.LengthOf(field) > 0)
                return false;
        }
        return true;
    }

    private string? ValueOf(int field) => _values.IsNull(_fields, field) ? null : _fields.GetText(field);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void AddTexts(CsvLayout layout, CsvBlock block, int row, bool isRepaired)
    {
        int[] columns = layout.TextColumns;
        block.Ends.BeginRow(row, _textLength);
        for (int slot = 0; slot < columns.Length; slot++)
        {
            int field = layout.Fields[columns[slot]];
            if (_values.IsNull(_fields, field))
                block.SetNull(row, slot);
            else if (isRepaired)
                _textLength += Encoding.UTF8.GetBytes(Repaired(_fields.GetText(field)), _text.AsSpan(_textLength));
            else
                _textLength += _fields.CopyTo(field, _text.AsSpan(_textLength));
            block.Ends.Set(row, slot, _textLength);
        }
    }

    /// <summary>Decoding replaced what was invalid as UTF-8; in the conversion to UTF-8 it was marked.</summary>
    private static string Repaired(string text) => text.Replace('\uFFFF', '\uFFFD');

    private void EnsureText(int length)
    {
        _textLength = 0;
        const int usual = CsvFramer.ReadSize + CsvFields.CopySlack;
        bool fits = _text.Length >= length && (_text.Length <= 4 * usual || length > usual);
        if (fits)
            return;
        if (_text.Length > 0)
            ArrayPool<byte>.Shared.Return(_text);
        _text = ArrayPool<byte>.Shared.Rent(length);
    }
}
