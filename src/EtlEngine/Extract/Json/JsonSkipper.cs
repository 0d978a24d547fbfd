namespace EtlTools.Engine.Extract.Json;

/// <summary>
/// Finds the end of an item that is not read, because it is not JSON or too large. It counts brackets outside texts, so it looks at each
/// byte only once and keeps none.
/// </summary>
internal struct JsonSkipper
{
    private int _depth;
    private bool _inText;
    private bool _escaped;

    /// <summary>Continues.</summary>
    /// <param name="bytes">The next bytes.</param>
    /// <param name="length">How many of them belong to the item.</param>
    /// <returns>True when the item has ended.</returns>
    public bool TrySkip(ReadOnlySpan<byte> bytes, out int length)
    {
        for (int i = 0; i < bytes.Length; i++)
        {
            byte c = bytes[i];
            if (_inText)
            {
                if (_escaped)
                    _escaped = false;
                else if (c == '\\')
                    _escaped = true;
                else if (c == '"')
                    _inText = false;
                continue;
            }
            switch (c)
            {
                case (byte)'"':
                    _inText = true;
                    break;
                case (byte)'{' or (byte)'[':
                    _depth++;
                    break;
                case (byte)'}' or (byte)']' when _depth <= 1:
                    // At depth zero, this is the end of the surrounding value.
                    length = i + _depth;
                    return true;
                case (byte)'}' or (byte)']':
                    _depth--;
                    break;
                case (byte)',' when _depth == 0:
                    length = i;
                    return true;
            }
        }
        length = bytes.Length;
        return false;
    }
}
