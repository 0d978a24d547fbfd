using System.Buffers;
using System.Text;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Extract.Csv;

/// <summary>
/// Finds where the records of a UTF-8 text begin and end, without parsing them. A record ends with LF, CRLF or CR outside
/// quotes. A quote counts only at the beginning of a field. Where a quoted field does not end as it should, the damage is
/// kept to the line on which it began: the record is bad, and the next one begins on the line after.
/// </summary>
internal sealed class CsvFramer(CsvOptions options)
{
    private static readonly SearchValues<byte> QuoteOrLineEnd = SearchValues.Create("\"\r\n"u8);
    private static readonly SearchValues<byte> LineEnd = SearchValues.Create("\r\n"u8);

    private readonly byte[] _delimiter = Encoding.UTF8.GetBytes([options.Delimiter]);
    private readonly int _maxBytes = options.MaxRecordBytes;
    private long _line = 1;
    private bool _isSkipping;

    /// <summary>The next record.</summary>
    /// <param name="data">All bytes read and not yet framed.</param>
    /// <param name="start">Where to begin; afterwards, where the next record begins.</param>
    /// <param name="atEnd">Whether no more bytes come.</param>
    /// <param name="frame">The record.</param>
    /// <returns>False when the data hold no further whole record; <paramref name="start"/> is then where to go on.</returns>
    public bool TryRead(ReadOnlySpan<byte> data, ref int start, bool atEnd, out CsvFrame frame)
    {
        frame = default;
        if (_isSkipping)
        {
            if (!TrySkipLine(data, ref start, atEnd))
                return false;
            _isSkipping = false;
        }
        while (start < data.Length)
        {
            int end = FindEnd(data, start, atEnd, out long lines, out string? error);
            if (end < 0)
            {
                if (data.Length - start <= _maxBytes)
                    return false;
                // One line beyond the limit: it is cut off there, and the rest of the line passed over.
                frame = new CsvFrame(start, _maxBytes, _line, ErrorCodes.RecordTooLarge);
                start += _maxBytes;
                _isSkipping = true;
                return true;
            }
            int length = end - start;
            frame = new CsvFrame(start, length, _line, length > _maxBytes ? ErrorCodes.RecordTooLarge : error);
            _line += lines;
            start = SkipLineEnd(data, end);
            if (length > 0)
                return true;
        }
        return false;
    }

    /// <summary>Takes a record back, to be read again from its start.</summary>
    public void Return(CsvFrame frame) => _line = frame.Line;

    /// <summary>The end of the record, or -1 where more data are needed.</summary>
    private int FindEnd(ReadOnlySpan<byte> data, int start, bool atEnd, out long lines, out string? error)
    {
        lines = 1;
        error = null;
        int at = start;
        while (true)
        {
            int found = data[at..].IndexOfAny(error is null ? QuoteOrLineEnd : LineEnd);
            if (found < 0)
                return atEnd && data.Length > start ? data.Length : -1;
            at += found;
            if (data[at] != (byte)'"')
                // A CR at the very end may be half of a CRLF.
                return data[at] == (byte)'\r' && at + 1 == data.Length && !atEnd ? -1 : at;
            if (at > start && !data[start..at].EndsWith(_delimiter))
            {
                at++;
                continue;
            }
            int close = FindClose(data, at + 1, atEnd);
            if (close == NeedMore)
            {
                if (data.Length - start <= _maxBytes)
                    return -1;
                close = NotClosed;
            }
            if (close >= 0)
            {
                lines += CountLines(data[at..close]);
                at = close + 1;
                continue;
            }
            // The quote does not end a field: within its line the record is malformed, beyond it the quote was never closed.
            error = close == NotClosed || data[at..~close].ContainsAny(LineEnd) ? ErrorCodes.UnclosedQuote : ErrorCodes.MalformedRow;
            at++;
        }
    }

    private const int NeedMore = int.MinValue;
    private const int NotClosed = int.MinValue + 1;

    /// <summary>
    /// The quote that closes a field: its position; or, where what follows it does not end a field, the complement of its
    /// position; or one of the two constants.
    /// </summary>
    private int FindClose(ReadOnlySpan<byte> data, int at, bool atEnd)
    {
        while (true)
        {
            int found = data[at..].IndexOf((byte)'"');
            if (found < 0)
                return atEnd ? NotClosed : NeedMore;
            at += found;
            ReadOnlySpan<byte> rest = data[(at + 1)..];
            if (rest.Length < _delimiter.Length && !atEnd)
                return NeedMore;
            if (rest.IsEmpty || rest[0] is (byte)'\r' or (byte)'\n' || rest.StartsWith(_delimiter))
                return at;
            if (rest[0] != (byte)'"')
                return ~at;
            at += 2;
        }
    }

    /// <summary>Passes over what is left of a record that was cut off.</summary>
    private bool TrySkipLine(ReadOnlySpan<byte> data, ref int start, bool atEnd)
    {
        int found = data[start..].IndexOfAny(LineEnd);
        bool halfLineEnd = found >= 0 && data[start + found] == (byte)'\r' && start + found + 1 == data.Length && !atEnd;
        start = found < 0 ? data.Length : start + found;
        if (found < 0 || halfLineEnd)
            return false;
        start = SkipLineEnd(data, start);
        _line++;
        return true;
    }

    private static int SkipLineEnd(ReadOnlySpan<byte> data, int at)
    {
        if (at < data.Length && data[at] == (byte)'\r')
            at++;
        else
            return Math.Min(at + 1, data.Length);
        return at < data.Length && data[at] == (byte)'\n' ? at + 1 : at;
    }

    private static int CountLines(ReadOnlySpan<byte> data)
    {
        int lines = data.Count((byte)'\n');
        for (int at = data.IndexOf((byte)'\r'); at >= 0; at = Next(data, at))
        {
            if (at + 1 == data.Length || data[at + 1] != (byte)'\n')
                lines++;
        }
        return lines;

        static int Next(ReadOnlySpan<byte> data, int at)
        {
            int found = data[(at + 1)..].IndexOf((byte)'\r');
            return found < 0 ? -1 : at + 1 + found;
        }
    }
}
