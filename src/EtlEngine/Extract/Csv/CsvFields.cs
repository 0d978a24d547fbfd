using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Text;
using System.Text.Unicode;

namespace EtlTools.Engine.Extract.Csv;

/// <summary>How a field is written in its row.</summary>
internal enum CsvFieldKind : byte
{
    Plain,
    Quoted,

    /// <summary>Quoted, with escapes.</summary>
    Escaped,
}

/// <summary>Splits rows into fields. Not thread-safe: one for each worker.</summary>
internal sealed class CsvFields(CsvDialect dialect)
{
    /// <summary>The most fields of a row.</summary>
    public const int MaxFields = 64 * 1024;

    /// <summary>How many bytes beyond the field <see cref="CopyTo"/> may write to.</summary>
    public const int CopySlack = 16;

    private Field[] _fields = new Field[64];
    private StructuralByteFinder _delimiters = new(dialect.Delimiter[0], dialect.Delimiter[0], dialect.Delimiter[0]);
    private byte[] _buffer = [];
    private byte[] _unescaped = [];

    /// <summary>The number of fields in the current row.</summary>
    public int Count { get; private set; }

    /// <summary>Starts with another buffer.</summary>
    public void Begin(byte[] buffer)
    {
        _buffer = buffer;
        _delimiters.Reset();
    }

    /// <summary>Splits a row and keeps at least the wanted fields. Rows must come in order of position.</summary>
    /// <param name="start">Its first byte in the buffer.</param>
    /// <param name="end">The position after its last byte, without the line end.</param>
    /// <param name="wanted">The wanted fields, in ascending order; empty for all.</param>
    /// <returns>False if the last field breaks the rules of quoting, or there are too many fields.</returns>
    public bool TrySplit(int start, int end, ReadOnlySpan<int> wanted) =>
        !wanted.IsEmpty && IsSimple(start, end) ? TryPick(start, end, wanted) : TrySplit(start, end);

    /// <summary>Splits a row into all its fields.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public bool TrySplit(int start, int end)
    {
        ReadOnlySpan<byte> data = _buffer;
        int count = 0;
        int at = start;
        while (true)
        {
            if (count == _fields.Length)
            {
                if (count == MaxFields)
                {
                    Count = count + 1;
                    return false;
                }
                Array.Resize(ref _fields, Math.Min(MaxFields, 2 * count));
            }
            ref Field field = ref _fields[count++];
            if (dialect.Trim)
                at = SkipBlanks(data, at, end);
            if (at < end && data[at] == dialect.Quote)
            {
                at = ReadQuoted(data, at, end, ref field);
                if (at < 0)
                {
                    Count = count;
                    return false;
                }
            }
            else
            {
                int begin = at;
                at = FindDelimiter(data, at, end);
                CsvFieldKind kind = CsvFieldKind.Plain;
                if (dialect.EscapesAll && data[begin..at].Contains((byte)dialect.Escape))
                {
                    kind = CsvFieldKind.Escaped;
                    while (at < end && dialect.IsEscaped(data, begin - 1, at))
                        at = FindDelimiter(data, at + 1, end);
                }
                field = new Field(begin, dialect.Trim ? TrimEnd(data, begin, at) : at, kind);
            }
            if (at >= end)
            {
                Count = count;
                return true;
            }
            at += dialect.Delimiter.Length;
        }
    }

    public CsvFieldKind KindOf(int field) => _fields[field].Kind;

    /// <summary>Whether a field is the null of COPY and mysqldump.</summary>
    public bool IsNullMark(int field) =>
        KindOf(field) == CsvFieldKind.Escaped && dialect.EscapesAll && LengthOf(field) == 2 && Raw(field)[1] == (byte)'N';

    public int LengthOf(int field) => _fields[field].End - _fields[field].Start;

    /// <summary>A field's bytes without its quotes, but with escapes.</summary>
    public ReadOnlySpan<byte> Raw(int field) => _buffer.AsSpan(_fields[field].Start, _fields[field].End - _fields[field].Start);

    /// <summary>Writes a field's text.</summary>
    /// <param name="index">The field.</param>
    /// <param name="target">Room for the field and <see cref="CopySlack"/> bytes more, which may be written to.</param>
    /// <returns>The number of bytes.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public int CopyTo(int index, Span<byte> target)
    {
        Field field = _fields[index];
        int length = field.End - field.Start;
        if (field.Kind == CsvFieldKind.Escaped)
            return Unescape(Raw(index), target);
        if (field.End + CopySlack > _buffer.Length || length + CopySlack > target.Length)
        {
            Raw(index).CopyTo(target);
            return length;
        }
        ref byte source = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_buffer), field.Start);
        ref byte destination = ref MemoryMarshal.GetReference(target);
        // Copies whole vectors, also beyond the end: most fields are short, and branches on their length would be mispredicted.
        for (nuint i = 0; i < (nuint)length; i += CopySlack)
            Vector128.LoadUnsafe(ref source, i).StoreUnsafe(ref destination, i);
        return length;
    }

    /// <summary>Whether the codes of bytes in a field of COPY text make something that is no text.</summary>
    public bool HasInvalidCodes(int field)
    {
        if (KindOf(field) != CsvFieldKind.Escaped || !dialect.EscapesAll || !CopyEscapes.HasCodesBeyondAscii(Raw(field), (byte)dialect.Escape))
            return false;
        if (_unescaped.Length < LengthOf(field))
            _unescaped = new byte[Math.Max(LengthOf(field), 2 * _unescaped.Length)];
        return !Utf8.IsValid(_unescaped.AsSpan(0, Unescape(Raw(field), _unescaped)));
    }

    /// <summary>A field's text.</summary>
    public string GetText(int field)
    {
        if (KindOf(field) != CsvFieldKind.Escaped)
            return Encoding.UTF8.GetString(Raw(field));
        byte[] text = new byte[LengthOf(field)];
        return Encoding.UTF8.GetString(text, 0, Unescape(Raw(field), text));
    }

    /// <summary>Whether each delimiter byte ends a field.</summary>
    private bool IsSimple(int start, int end) =>
        dialect.Delimiter.Length == 1 && !dialect.Trim
        && (dialect.Quote == CsvDialect.None || !_buffer.AsSpan(start, end - start).Contains((byte)dialect.Quote))
        && (!dialect.EscapesAll || !_buffer.AsSpan(start, end - start).Contains((byte)dialect.Escape));

    /// <summary>Finds some fields, and counts the others blockwise.</summary>
    private bool TryPick(int start, int end, ReadOnlySpan<int> wanted)
    {
        ReadOnlySpan<byte> data = _buffer;
        int at = start;
        int field = 0;
        foreach (int next in wanted)
        {
            int missing = next - field;
            if (missing > 0)
            {
                int delimiter = _delimiters.FindNth(data, at, end, ref missing);
                if (missing > 0)
                {
                    Count = next - missing + 1;
                    return true;
                }
                at = delimiter + 1;
            }
            if (next >= _fields.Length)
                Array.Resize(ref _fields, Math.Min(MaxFields, 2 * next));
            int fieldEnd = Math.Min(_delimiters.Find(data, at), end);
            _fields[next] = new Field(at, fieldEnd, CsvFieldKind.Plain);
            field = next + 1;
            if (fieldEnd == end)
            {
                Count = field;
                return true;
            }
            at = fieldEnd + 1;
        }
        int unfound = int.MaxValue;
        _delimiters.FindNth(data, at, end, ref unfound);
        Count = field + 1 + (int.MaxValue - unfound);
        return Count <= MaxFields;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int FindDelimiter(ReadOnlySpan<byte> data, int at, int end)
    {
        int found = _delimiters.Find(data, at);
        // The first byte of a longer delimiter may belong to other text.
        while (found < end && dialect.Delimiter.Length > 1 && !dialect.IsDelimiter(data[..end], found))
            found = _delimiters.Find(data, found + 1);
        return Math.Min(found, end);
    }

    /// <returns>The position after the field, or -1 if the quote is not closed at the end of a field.</returns>
    private int ReadQuoted(ReadOnlySpan<byte> data, int opened, int end, ref Field field)
    {
        CsvFieldKind kind = CsvFieldKind.Quoted;
        int at = opened + 1;
        while (true)
        {
            int distance = data[at..end].IndexOf((byte)dialect.Quote);
            if (distance < 0)
                return -1;
            int quote = at + distance;
            bool isDoubled = dialect.DoublesQuotes && quote + 1 < end && data[quote + 1] == dialect.Quote;
            if (isDoubled || (!dialect.DoublesQuotes && dialect.IsEscaped(data, opened, quote)))
            {
                kind = CsvFieldKind.Escaped;
                at = quote + (isDoubled ? 2 : 1);
                continue;
            }
            if (!dialect.DoublesQuotes && data[(opened + 1)..quote].Contains((byte)dialect.Escape))
                kind = CsvFieldKind.Escaped;
            field = new Field(opened + 1, quote, kind);
            int next = dialect.Trim ? SkipBlanks(data, quote + 1, end) : quote + 1;
            return next == end || dialect.IsDelimiter(data[..end], next) ? next : -1;
        }
    }

    private int SkipBlanks(ReadOnlySpan<byte> data, int at, int end)
    {
        while (at < end && dialect.IsTrimmed(data[at]))
            at++;
        return at;
    }

    private int TrimEnd(ReadOnlySpan<byte> data, int begin, int end)
    {
        while (end > begin && dialect.IsTrimmed(data[end - 1]))
            end--;
        return end;
    }

    private int Unescape(ReadOnlySpan<byte> raw, Span<byte> target)
    {
        if (dialect.EscapesAll)
            return CopyEscapes.Unescape(raw, (byte)dialect.Escape, target);
        int written = 0;
        while (true)
        {
            int at = raw.IndexOf((byte)dialect.Escape);
            // Before anything except a quote or another escape, an escape is literal.
            bool isText = at >= 0 && (at + 1 == raw.Length || (raw[at + 1] != dialect.Escape && raw[at + 1] != dialect.Quote));
            int run = at < 0 ? raw.Length : isText ? at + 1 : at;
            raw[..run].CopyTo(target[written..]);
            written += run;
            if (at < 0)
                return written;
            raw = raw[run..];
            if (isText)
                continue;
            target[written++] = raw[1];
            raw = raw[2..];
        }
    }

    private readonly record struct Field(int Start, int End, CsvFieldKind Kind);
}
