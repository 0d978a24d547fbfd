using System.Text;
using System.Text.Unicode;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Tests.Extract.Csv;

/// <summary>
/// What a file should give, found the slow and simple way: all bytes at once, byte by byte, field by field.
/// </summary>
internal sealed class CsvModel(byte[] data, byte[] delimiter, int columns, int maxFieldBytes, int maxRecordBytes)
{
    private int _longest;
    private string? _usual;
    private bool _isBehindOther;

    private readonly List<Row> _rows = [];
    private readonly List<byte[]> _fields = [];
    private int _at = data.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? 3 : 0;
    private int _line = 1;

    internal sealed record Row(string? Code, int Line, int Offset, string Text);

    public List<Row> Read()
    {
        while (_at < data.Length)
        {
            if (IsNewline(_at))
            {
                _isBehindOther = IsOther(_at);
                SkipNewline();
            }
            else
                ReadRecord();
        }
        return _rows;
    }

    private bool IsNewline(int i) => i < data.Length && data[i] is (byte)'\r' or (byte)'\n';

    private bool IsDelimiter(int i) => data.AsSpan(i).StartsWith(delimiter);

    private string KindOf(int i) => data[i] == '\n' ? "LF" : Peek(i + 1) == '\n' || (_usual == "CRLF" && i + 1 == data.Length) ? "CRLF" : "CR";

    private bool IsOther(int i) => _usual is not null && KindOf(i) != _usual && (KindOf(i) != "CRLF" || _usual == "CRLF");

    private void SkipNewline()
    {
        _at += data[_at] == '\r' && _at + 1 < data.Length && data[_at + 1] == '\n' ? 2 : 1;
        _line++;
    }

    private void ReadRecord()
    {
        int start = _at;
        int lines = 0;
        bool malformed = false;
        int i = start;
        _fields.Clear();
        _longest = 0;
        while (true)
        {
            if (i - start > maxRecordBytes)
            {
                Skip(ErrorCodes.RecordTooLarge, start, start + maxRecordBytes, lines);
                return;
            }
            var field = new List<byte>();
            if (!malformed && i < data.Length && data[i] == '"')
            {
                int open = i;
                int linesAtOpen = lines;
                i++;
                int limit = Math.Min(start + maxRecordBytes, open + maxFieldBytes);
                while (i <= limit && i < data.Length && (data[i] != '"' || Peek(i + 1) == '"'))
                {
                    if (IsNewline(i) && !(data[i] == '\n' && data[i - 1] == '\r'))
                        lines++;
                    field.Add(data[i]);
                    i += data[i] == '"' ? 2 : 1;
                }
                if (i > limit || i >= data.Length)
                {
                    EndUnclosed(start, open, Math.Min(data.Length, limit + 1), linesAtOpen);
                    return;
                }
                i++;
                bool closed = i == data.Length || IsNewline(i) || IsDelimiter(i);
                if (!closed && lines > linesAtOpen)
                {
                    EndUnclosed(start, open, i - 1, linesAtOpen);
                    return;
                }
                malformed = !closed;
            }
            while (i < data.Length && !IsNewline(i) && !IsDelimiter(i))
                field.Add(data[i++]);
            _fields.Add([.. field]);
            _longest = Math.Max(_longest, field.Count);
            if (i == data.Length || IsNewline(i))
                break;
            i += delimiter.Length;
        }
        if (i - start > maxRecordBytes)
        {
            Skip(ErrorCodes.RecordTooLarge, start, start + maxRecordBytes, lines);
            return;
        }
        if (IsNewline(i))
            _usual ??= KindOf(i);
        bool isOther = IsNewline(i) && IsOther(i);
        if (isOther || _isBehindOther)
            AddRaw(ErrorCodes.LineEndMismatch, start, i);
        else
            EndRecord(start, i, malformed);
        _isBehindOther = isOther;
        _at = i;
        _line += lines;
        if (IsNewline(i))
            SkipNewline();
    }

    private byte? Peek(int i) => i < data.Length ? data[i] : null;

    private void EndRecord(int start, int end, bool malformed)
    {
        if (!Utf8.IsValid(data.AsSpan(start, end - start)))
            AddRaw(ErrorCodes.InvalidBytes, start, end);
        else if (malformed)
            AddRaw(ErrorCodes.MalformedRow, start, end);
        else if (_fields.Count == columns && _longest > maxFieldBytes)
            AddRaw(ErrorCodes.FieldTooLarge, start, end);
        else
        {
            string? code = _fields.Count < columns ? ErrorCodes.TooFewFields : _fields.Count > columns ? ErrorCodes.TooManyFields : null;
            _rows.Add(new Row(code, _line, start, string.Join('|', _fields.Select(Encoding.UTF8.GetString))));
        }
    }

    private void EndUnclosed(int start, int open, int searched, int linesAtOpen)
    {
        int newline = open;
        while (newline < searched && !IsNewline(newline))
            newline++;
        if (newline == searched)
        {
            Skip(ErrorCodes.UnclosedQuote, start, searched, linesAtOpen);
            return;
        }
        AddRaw(ErrorCodes.UnclosedQuote, start, newline);
        _line += linesAtOpen;
        _at = newline;
        SkipNewline();
    }

    private void Skip(string code, int start, int end, int lines)
    {
        AddRaw(code, start, end);
        _line += lines;
        _at = end;
        while (_at < data.Length && (_at <= start + maxRecordBytes || !IsNewline(_at)) && !(code == ErrorCodes.UnclosedQuote && IsNewline(_at)))
            _at++;
        if (_at < data.Length)
            SkipNewline();
    }

    private void AddRaw(string code, int start, int end) => _rows.Add(new Row(code, _line, start, Encoding.UTF8.GetString(data[start..end])));
}
