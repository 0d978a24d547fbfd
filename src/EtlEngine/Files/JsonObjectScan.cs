namespace EtlTools.Engine.Files;

/// <summary>
/// Tells whether a JSON object is complete. It reads piece by piece and keeps nothing. If the writer was killed, the line is the beginning of
/// an object, so it is enough to count braces.
/// </summary>
internal struct JsonObjectScan
{
    private int _depth;
    private bool _isInString;
    private bool _isEscaped;

    /// <summary>True after the object was closed.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>The next piece of the line.</summary>
    public void Add(ReadOnlySpan<byte> piece)
    {
        while (!piece.IsEmpty && !IsClosed)
        {
            int next = _isEscaped ? 0 : _isInString ? piece.IndexOfAny((byte)'"', (byte)'\\') : piece.IndexOfAny("\"{}[]"u8);
            if (next < 0)
                return;
            Take(piece[next]);
            piece = piece[(next + 1)..];
        }
    }

    private void Take(byte mark)
    {
        if (_isEscaped)
            _isEscaped = false;
        else if (_isInString && mark == '\\')
            _isEscaped = true;
        else if (mark == '"')
            _isInString = !_isInString;
        else
            _depth += mark is (byte)'{' or (byte)'[' ? 1 : -1;
        IsClosed = !_isInString && _depth <= 0;
    }
}
