using System.Text;
using Sylvan.Data.Csv;

namespace EtlTools.Engine.Extract.Csv;

/// <summary>
/// What Sylvan reads from: frames, their bytes widened to characters, without the gaps between them. Each frame ends in a
/// line feed there, so that Sylvan, which settles on one kind of line end, need not see a mixture.
/// </summary>
internal sealed class CsvRowFeed(char delimiter) : TextReader
{
    /// <summary>Room beside the frames: a line feed after the last one, and one character that shows Sylvan the end.</summary>
    public const int Slack = 2;

    // A first row of one field and one line feed settles Sylvan's kind of line end and keeps its table of columns small.
    private const string FirstRow = "-\n";

    // Sylvan takes no delimiter that is a letter, a digit or beyond ASCII. This control character then stands for it, and
    // one beyond all bytes for the control character itself.
    private const char StandIn = '\u001F';
    private const char StandInItself = '\u011F';

    private readonly byte[] _delimiter = Encoding.UTF8.GetBytes([delimiter]);
    private readonly bool _needsStandIn = delimiter >= 0x80 || char.IsAsciiLetterOrDigit(delimiter);

    private bool _atFirstRow;
    private byte[]? _bytes;
    private CsvFrame[] _frames = [];
    private int _count;

    /// <summary>The length in characters of each loaded frame.</summary>
    public int[] Lengths { get; private set; } = [];

    /// <summary>True when Sylvan wanted more than was loaded, and so takes rows to end elsewhere than the framer.</summary>
    public bool IsOverread { get; private set; }

    public CsvDataReaderOptions NewOptions() => new()
    {
        Delimiter = _needsStandIn ? StandIn : delimiter,
        Quote = CsvOptions.Quote,
        Escape = CsvOptions.Quote,
        // No byte becomes this character.
        Comment = char.MaxValue,
        HasHeaders = false,
        CsvStyle = CsvStyle.Standard,
        ResultSetMode = ResultSetMode.SingleResult,
        OwnsReader = false,
    };

    /// <summary>Begins with a new Sylvan reader.</summary>
    public void Begin()
    {
        _atFirstRow = true;
        IsOverread = false;
    }

    public void Load(byte[] bytes, ReadOnlySpan<CsvFrame> frames)
    {
        _bytes = bytes;
        _count = frames.Length;
        if (Lengths.Length < _count)
        {
            Lengths = new int[_count];
            _frames = new CsvFrame[_count];
        }
        frames.CopyTo(_frames);
    }

    public override int Read(char[] buffer, int index, int count)
    {
        Span<char> target = buffer.AsSpan(index, count);
        if (_atFirstRow)
        {
            _atFirstRow = false;
            FirstRow.CopyTo(target);
            return FirstRow.Length;
        }
        if (_bytes is null)
        {
            IsOverread = true;
            return 0;
        }
        int written = _needsStandIn ? WidenWithStandIn(_bytes, target) : Widen(_bytes, target);
        _bytes = null;
        return written;
    }

    /// <summary>True when a field's characters are its bytes as they stand.</summary>
    public bool IsPlain => !_needsStandIn;

    /// <summary>The UTF-8 of a field.</summary>
    public int Narrow(ReadOnlySpan<char> field, Span<byte> target) =>
        _needsStandIn ? NarrowWithStandIn(field, target) : Encoding.Latin1.GetBytes(field, target);

    public int MaxUtf8Length(int chars) => chars * _delimiter.Length;

    /// <summary>True when a field's characters are its text as they stand.</summary>
    public bool IsLiteral(ReadOnlySpan<char> field) => Ascii.IsValid(field) && !(_needsStandIn && field.Contains(StandIn));

    private int Widen(byte[] bytes, Span<char> target)
    {
        int written = 0;
        int run = 0;
        while (run < _count)
        {
            int begin = _frames[run].Start;
            int end = begin;
            int from = run;
            for (; run < _count && _frames[run].Start == end; run++)
            {
                Lengths[run] = _frames[run].Length;
                end += _frames[run].Length;
            }
            Encoding.Latin1.GetChars(bytes.AsSpan(begin, end - begin), target[written..]);
            for (int i = from; i < run; i++)
                written = EndFrame(i, target, written + _frames[i].Length);
        }
        return written;
    }

    /// <summary>Makes the frame end in a line feed.</summary>
    private int EndFrame(int i, Span<char> target, int end)
    {
        if (target[end - 1] == '\r')
            target[end - 1] = '\n';
        if (target[end - 1] == '\n')
            return end;
        // Only the last record of a file has no line end; nothing comes after it.
        Lengths[i]++;
        target[end] = '\n';
        return end + 1;
    }

    private int WidenWithStandIn(byte[] bytes, Span<char> target)
    {
        int written = 0;
        for (int i = 0; i < _count; i++)
        {
            int begin = written;
            ReadOnlySpan<byte> rest = bytes.AsSpan(_frames[i].Start, _frames[i].Length);
            while (!rest.IsEmpty)
            {
                bool isDelimiter = rest.StartsWith(_delimiter);
                target[written++] = isDelimiter ? StandIn : rest[0] == StandIn ? StandInItself : (char)rest[0];
                rest = rest[(isDelimiter ? _delimiter.Length : 1)..];
            }
            Lengths[i] = written - begin;
            written = EndFrame(i, target, written);
        }
        return written;
    }

    private int NarrowWithStandIn(ReadOnlySpan<char> field, Span<byte> target)
    {
        int written = 0;
        foreach (char c in field)
        {
            if (c == StandIn)
            {
                _delimiter.CopyTo(target[written..]);
                written += _delimiter.Length;
            }
            else
            {
                target[written++] = c == StandInItself ? (byte)StandIn : (byte)c;
            }
        }
        return written;
    }
}
