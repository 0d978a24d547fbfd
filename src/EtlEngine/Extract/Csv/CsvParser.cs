using System.Globalization;
using System.Text;
using EtlTools.Engine.Records;
using EtlTools.Engine.Stages;
using EtlTools.Engine.Transform;
using Sylvan.Data.Csv;

namespace EtlTools.Engine.Extract.Csv;

/// <summary>Parses chunks with Sylvan and converts their values. One of these a worker: its buffers are used again.</summary>
internal sealed class CsvParser(CsvOptions options, IWorkerPort<CsvChunk> port)
{
    /// <summary>The raw text of an unparsable row is kept up to this many bytes.</summary>
    private const int MaxRawBytes = 4096;

    /// <summary>No character of a text, so that no line begins a comment.</summary>
    private const char NoComment = '\uFFFF';

    private const int MinBuffer = 16 * 1024;

    private readonly List<int> _rows = [];
    private char[] _chars = new char[MinBuffer];
    private char[] _work = new char[MinBuffer];
    private byte[] _text = new byte[MinBuffer];
    private int _textLength;

    public static async Task RunAsync(CsvOptions options, IWorkerPort<CsvChunk> port)
    {
        var parser = new CsvParser(options, port);
        await foreach (CsvChunk chunk in port.Input.ReadAllAsync(port.Stopping).ConfigureAwait(false))
        {
            long began = port.Time.GetTimestamp();
            parser.Parse(chunk);
            chunk.ReturnBuffer();
            port.Finish(chunk, port.Time.GetElapsedTime(began));
        }
    }

    /// <summary>The fields of one record.</summary>
    /// <exception cref="CsvFormatException">The record breaks the rules of CSV.</exception>
    public static string[] ReadFields(CsvOptions options, string record)
    {
        using CsvDataReader reader = CsvDataReader.Create(
            new StringReader(record), new char[Math.Max(MinBuffer, record.Length + 2)], SylvanOptions(options));
        return reader.Read() ? Fields(reader) : [];
    }

    private void Parse(CsvChunk chunk)
    {
        var block = new CsvBlock(chunk);
        Collect(chunk);
        _textLength = 0;
        var records = new Record?[chunk.Frames.Count];
        if (!TryParseTogether(chunk, block, records))
            ParseOneByOne(chunk, block, records);
        block.SetText(_text.AsSpan(0, _textLength));
        for (int row = 0; row < records.Length; row++)
            chunk.Output.Add(records[row] ?? Unparsed(chunk, block, row, chunk.Frames[row].ErrorCode!));
        chunk.Made = records.Length;
    }

    /// <summary>Lists the frames that can be parsed; the others fail by what the framer or their bytes say.</summary>
    private void Collect(CsvChunk chunk)
    {
        _rows.Clear();
        bool allValid = System.Text.Unicode.Utf8.IsValid(chunk.Bytes);
        for (int row = 0; row < chunk.Frames.Count; row++)
        {
            CsvFrame frame = chunk.Frames[row];
            if (frame.ErrorCode is not null)
                continue;
            if (allValid || System.Text.Unicode.Utf8.IsValid(chunk.BytesOf(frame)))
                _rows.Add(row);
            else
                chunk.Frames[row] = frame with { ErrorCode = ErrorCodes.InvalidBytes };
        }
    }

    private bool TryParseTogether(CsvChunk chunk, CsvBlock block, Record?[] records)
    {
        if (_rows.Count == 0)
            return true;
        int length = Decode(chunk, 0, _rows.Count, out int longest);
        try
        {
            using CsvDataReader reader = OpenReader(length, longest);
            int next = 0;
            while (reader.Read())
            {
                if (next == _rows.Count)
                    return Restart(records);
                FillUpTo(block, next == 0 ? 0 : _rows[next - 1] + 1, _rows[next]);
                records[_rows[next]] = ReadRecord(chunk, block, _rows[next], reader);
                next++;
            }
            if (next != _rows.Count)
                return Restart(records);
            FillUpTo(block, _rows[^1] + 1, chunk.Frames.Count);
            return true;
        }
        catch (CsvFormatException)
        {
            // One bad row spoils Sylvan's reading of all that follow: each is then read by itself.
            return Restart(records);
        }
    }

    private bool Restart(Record?[] records)
    {
        Array.Clear(records);
        _textLength = 0;
        return false;
    }

    private void ParseOneByOne(CsvChunk chunk, CsvBlock block, Record?[] records)
    {
        for (int row = 0, next = 0; row < chunk.Frames.Count; row++)
        {
            bool parsable = next < _rows.Count && _rows[next] == row;
            if (parsable)
                records[row] = ParseOne(chunk, block, row, next++);
            if (records[row] is null or { Error: not null })
                block.SetEmpty(row, _textLength);
        }
    }

    private Record ParseOne(CsvChunk chunk, CsvBlock block, int row, int index)
    {
        int length = Decode(chunk, index, 1, out int longest);
        try
        {
            using CsvDataReader reader = OpenReader(length, longest);
            if (reader.Read())
            {
                Record record = ReadRecord(chunk, block, row, reader);
                if (!reader.Read())
                    return record;
            }
        }
        catch (CsvFormatException)
        {
            return Unparsed(chunk, block, row, ErrorCodes.MalformedRow);
        }
        return Unparsed(chunk, block, row, ErrorCodes.MalformedRow);
    }

    private void FillUpTo(CsvBlock block, int from, int to)
    {
        for (int row = from; row < to; row++)
            block.SetEmpty(row, _textLength);
    }

    private Record ReadRecord(CsvChunk chunk, CsvBlock block, int row, CsvDataReader reader)
    {
        CsvFile file = chunk.File;
        int columns = file.Schema.Count;
        int began = _textLength;
        if (reader.RowFieldCount != columns)
        {
            block.SetEmpty(row, began);
            return WrongWidth(block, row, reader);
        }
        int bad = -1;
        for (int column = 0; column < columns; column++)
        {
            ReadOnlySpan<char> field = reader.GetFieldSpan(column);
            if (file.Types[column] == ColumnType.String)
                Append(field);
            else if (ValueConversion.TryConvert(field, file.Types[column], out object? value))
                block.SetConverted(row, column, value);
            else if (bad < 0)
                bad = column;
            block.SetEnd(row, column, _textLength);
        }
        if (bad < 0)
            return new Record(file.Schema, block, row);
        _textLength = began;
        block.SetEmpty(row, began);
        return Lineage(block, row)
            .Derive(new Record(file.Schema, Fields(reader)))
            .Fail(port.NewError(ErrorCodes.ConversionFailed, file.NotOfType(bad), file.Schema[bad]));
    }

    private Record WrongWidth(CsvBlock block, int row, CsvDataReader reader)
    {
        string[] fields = Fields(reader);
        int expected = block.Schema.Count;
        bool few = fields.Length < expected;
        var names = block.Schema.Names.Take(fields.Length).ToList();
        for (int i = names.Count; i < fields.Length; i++)
            names.Add(CsvHeader.Unused(names, i));
        string message = string.Create(
            CultureInfo.InvariantCulture, $"The row has {fields.Length} fields, {(few ? "fewer" : "more")} than the {expected} columns.");
        return Lineage(block, row)
            .Derive(new Record(new Schema(names), fields))
            .Fail(port.NewError(few ? ErrorCodes.TooFewFields : ErrorCodes.TooManyFields, message));
    }

    private Record Unparsed(CsvChunk chunk, CsvBlock block, int row, string code)
    {
        ReadOnlySpan<byte> raw = chunk.BytesOf(chunk.Frames[row]);
        string message = code switch
        {
            ErrorCodes.UnclosedQuote => "A quote was opened on this line and not closed. Reading went on with the next line.",
            ErrorCodes.RecordTooLarge => string.Create(CultureInfo.InvariantCulture, $"The row is longer than {options.MaxRecordBytes} bytes."),
            ErrorCodes.InvalidBytes => "The row's bytes are no UTF-8. Name the file's encoding with -Encoding.",
            _ => "The row breaks the quoting rules of CSV: a closing quote must be followed by a delimiter or the end of the line.",
        };
        string text = Encoding.UTF8.GetString(raw[..Math.Min(raw.Length, MaxRawBytes)]);
        return Lineage(block, row).Derive(new Record(CsvHeader.Raw, [text])).Fail(port.NewError(code, message));
    }

    private static Record Lineage(CsvBlock block, int row) => new(block.Schema, block, row);

    private static string[] Fields(CsvDataReader reader)
    {
        var fields = new string[reader.RowFieldCount];
        for (int i = 0; i < fields.Length; i++)
            fields[i] = reader.GetFieldSpan(i).ToString();
        return fields;
    }

    /// <summary>Decodes frames into the character buffer, a line each.</summary>
    private int Decode(CsvChunk chunk, int first, int count, out int longest)
    {
        int at = 0;
        longest = 0;
        for (int i = first; i < first + count; i++)
        {
            ReadOnlySpan<byte> bytes = chunk.BytesOf(chunk.Frames[_rows[i]]);
            if (_chars.Length - at <= bytes.Length)
                Array.Resize(ref _chars, Math.Max(_chars.Length * 2, at + bytes.Length + 1));
            int chars = Encoding.UTF8.GetChars(bytes, _chars.AsSpan(at));
            longest = Math.Max(longest, chars);
            at += chars;
            _chars[at++] = '\n';
        }
        return at;
    }

    private CsvDataReader OpenReader(int length, int longest)
    {
        if (_work.Length < longest + 2)
            _work = new char[Math.Max(_work.Length * 2, longest + 2)];
        return CsvDataReader.Create(new CharArrayReader(_chars, length), _work, SylvanOptions(options));
    }

    private static CsvDataReaderOptions SylvanOptions(CsvOptions options) => new()
    {
        HasHeaders = false,
        Delimiter = options.Delimiter,
        Quote = '"',
        Escape = '"',
        Comment = NoComment,
    };

    private void Append(ReadOnlySpan<char> field)
    {
        int most = Encoding.UTF8.GetMaxByteCount(field.Length);
        if (_text.Length - _textLength < most)
            Array.Resize(ref _text, Math.Max(_text.Length * 2, _textLength + most));
        _textLength += Encoding.UTF8.GetBytes(field, _text.AsSpan(_textLength));
    }
}
