using System.Buffers;
using System.Text.Unicode;
using EtlTools.Engine.Records;
using EtlTools.Engine.Stages;

namespace EtlTools.Engine.Extract.Csv;

/// <summary>A worker's parser: makes records of chunks. Not thread-safe.</summary>
internal sealed class CsvChunkParser(CsvOptions options) : IDisposable
{
    private readonly CsvRows _rows = new(options.Delimiter);
    private byte[] _text = [];
    private int _textLength;

    /// <summary>Works for the pool until there are no more chunks.</summary>
    public static async Task RunAsync(IWorkerPort<CsvChunk> pool, CsvOptions options)
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

    /// <summary>Finds the width of the first row that can be parsed.</summary>
    public bool TryGetWidth(CsvChunk chunk, out int width) => TryGetFirst(chunk, out width, static rows => rows.FieldCount);

    /// <summary>Reads the fields of the first row that can be parsed.</summary>
    public bool TryGetFields(CsvChunk chunk, out string[] fields) => TryGetFirst(chunk, out fields!, Texts);

    /// <summary>Fills a chunk's output: one record for each frame.</summary>
    public void Parse(CsvChunk chunk)
    {
        MarkInvalidBytes(chunk);
        EnsureText(chunk.Buffer.Length + CsvRows.CopySlack);
        var block = new CsvBlock(chunk);
        chunk.Output.EnsureCapacity(chunk.Frames.Length);
        int row = 0;
        // After a row that Sylvan refuses the next ones are tried one, two, four … at a time: many bad rows do not cost
        // many passes over the rest of the chunk.
        int window = chunk.Frames.Length;
        while (row < chunk.Frames.Length)
        {
            int run = GoodRun(chunk, row, window);
            if (run == 0)
            {
                AddUnframed(chunk, block, row++);
                continue;
            }
            int end = row + _rows.Load(chunk.Buffer, chunk.Frames.Slice(row, run));
            for (; row < end && _rows.TryRead(); row++)
                AddRow(chunk, block, row);
            window = row == end ? Math.Min(2 * window, chunk.Frames.Length) : 1;
            if (row == end)
                continue;
            Add(chunk, block, row, CsvFailures.Malformed(chunk.File, _rows.RefusedField, Content(chunk, row), block, row));
            row++;
        }
        block.Complete(_text.AsSpan(0, _textLength));
        chunk.Made = chunk.Output.Count;
    }

    public void Dispose()
    {
        _rows.Dispose();
        if (_text.Length > 0)
            ArrayPool<byte>.Shared.Return(_text);
        _text = [];
    }

    private static ReadOnlySpan<byte> Content(CsvChunk chunk, int row) => chunk.Frames[row].Content(chunk.Buffer);

    private static string[] Texts(CsvRows rows)
    {
        string[] texts = new string[rows.FieldCount];
        for (int field = 0; field < texts.Length; field++)
            texts[field] = rows.GetText(field);
        return texts;
    }

    private static void MarkInvalidBytes(CsvChunk chunk)
    {
        Span<CsvFrame> frames = chunk.Frames;
        int start = frames[0].Start;
        int end = frames[^1].Start + frames[^1].Length;
        if (IsText(chunk, chunk.Buffer.AsSpan(start, end - start)))
            return;
        foreach (ref CsvFrame frame in frames)
        {
            if (frame.Kind == CsvFrameKind.Good && !IsText(chunk, chunk.Buffer.AsSpan(frame.Start, frame.Length)))
                frame.Kind = CsvFrameKind.InvalidBytes;
        }
    }

    private static bool IsText(CsvChunk chunk, ReadOnlySpan<byte> bytes) =>
        Utf8.IsValid(bytes) && !(chunk.File.IsTranscoded && bytes.IndexOf(CsvEncoding.InvalidMark) >= 0);

    private int GoodRun(CsvChunk chunk, int from, int limit)
    {
        ReadOnlySpan<CsvFrame> frames = chunk.Frames;
        int end = Math.Min(frames.Length, from + limit);
        int row = from;
        while (row < end && frames[row].Kind == CsvFrameKind.Good && !IsTooWide(chunk, frames[row]))
            row++;
        return row - from;
    }

    private bool IsTooWide(CsvChunk chunk, CsvFrame frame) =>
        frame.Length >= FieldCounter.MaxFields && FieldCounter.IsTooWide(frame.Content(chunk.Buffer), options.Delimiter);

    private bool TryGetFirst<T>(CsvChunk chunk, out T? result, Func<CsvRows, T> get)
    {
        MarkInvalidBytes(chunk);
        for (int row = 0; row < chunk.Frames.Length; row++)
        {
            if (GoodRun(chunk, row, 1) == 1 && _rows.Load(chunk.Buffer, chunk.Frames.Slice(row, 1)) == 1 && _rows.TryRead())
            {
                result = get(_rows);
                return true;
            }
        }
        result = default;
        return false;
    }

    private void AddUnframed(CsvChunk chunk, CsvBlock block, int row)
    {
        CsvFrame frame = chunk.Frames[row];
        Add(chunk, block, row, frame.Kind == CsvFrameKind.Good
            ? CsvFailures.FarTooWide(chunk.File, Content(chunk, row), block, row)
            : CsvFailures.Unframed(chunk.File, frame, Content(chunk, row), block, row));
    }

    private void AddRow(CsvChunk chunk, CsvBlock block, int row)
    {
        CsvLayout layout = chunk.File.Layout;
        if (_rows.FieldCount != layout.Schema.Count)
        {
            Add(chunk, block, row, CsvFailures.WrongWidth(chunk.File, Texts(_rows), block, row));
            return;
        }
        for (int slot = 0; slot < layout.TypedColumns.Length; slot++)
        {
            int column = layout.TypedColumns[slot];
            if (_rows.TryConvert(column, layout.Types[column], out block.Typed[slot][row]))
                continue;
            Add(chunk, block, row, CsvFailures.Unconverted(chunk.File, column, Texts(_rows), block, row));
            return;
        }
        int[] columns = layout.TextColumns;
        Span<int> ends = block.Ends.AsSpan(row * columns.Length, columns.Length);
        for (int slot = 0; slot < columns.Length; slot++)
        {
            _textLength += _rows.CopyUtf8(columns[slot], _text.AsSpan(_textLength));
            ends[slot] = _textLength;
        }
        chunk.Output.Add(new Record(layout.Schema, block, row));
    }

    /// <summary>Adds a failed record, which has its values with it and none in the block.</summary>
    private void Add(CsvChunk chunk, CsvBlock block, int row, Record failed)
    {
        int columns = chunk.File.Layout.TextColumns.Length;
        block.Ends.AsSpan(row * columns, columns).Fill(_textLength);
        chunk.Output.Add(failed);
    }

    private void EnsureText(int length)
    {
        _textLength = 0;
        const int usual = CsvFramer.ReadSize + CsvRows.CopySlack;
        bool fits = _text.Length >= length && (_text.Length <= 4 * usual || length > usual);
        if (fits)
            return;
        if (_text.Length > 0)
            ArrayPool<byte>.Shared.Return(_text);
        _text = ArrayPool<byte>.Shared.Rent(length);
    }
}
