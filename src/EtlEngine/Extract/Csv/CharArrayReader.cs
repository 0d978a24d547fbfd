namespace EtlTools.Engine.Extract.Csv;

/// <summary>Reads a part of a character array, without copying it first.</summary>
internal sealed class CharArrayReader(char[] chars, int length) : TextReader
{
    private int _at;

    public override int Read(char[] buffer, int index, int count) => Read(buffer.AsSpan(index, count));

    public override int Read(Span<char> buffer)
    {
        int count = Math.Min(buffer.Length, length - _at);
        chars.AsSpan(_at, count).CopyTo(buffer);
        _at += count;
        return count;
    }

    public override int Read() => _at < length ? chars[_at++] : -1;

    public override int Peek() => _at < length ? chars[_at] : -1;
}
