using System.Text;

namespace EtlTools.Engine.Extract.Json;

/// <summary>Finds items that are on a line each. The workers parse them.</summary>
internal sealed class JsonLineFinder(JsonWindow window, JsonFormat format) : JsonItemFinder(window, format)
{
    private long _line;
    private bool _isInLongLine;

    /// <summary>The lines before the next one.</summary>
    public long Line { init => _line = value; }

    /// <inheritdoc/>
    public override bool Step() => _isInLongLine ? SkipRest() : ReadLine();

    /// <inheritdoc/>
    public override JsonCell[]? TakeCells() => null;

    private bool ReadLine()
    {
        ReadOnlySpan<byte> rest = Window.Rest;
        int end = rest.IndexOf((byte)'\n');
        if (end < 0 && !Window.HasEnded)
        {
            if (rest.Length <= Format.MaxItemBytes)
                return false;
            Add(rest[..Math.Min(rest.Length, MaxRawBytes)], JsonFault.TooLarge);
            _isInLongLine = true;
            return true;
        }
        if (end < 0 && rest.IsEmpty)
        {
            IsAtEnd = true;
            return true;
        }
        int length = end < 0 ? rest.Length : end;
        ReadOnlySpan<byte> line = rest[..length].TrimEnd(" \t\r"u8);
        if (line.Length > Format.MaxItemBytes)
            Add(line[..Math.Min(line.Length, MaxRawBytes)], JsonFault.TooLarge);
        else
            Add(line, JsonFault.None, isUnfinished: end < 0);
        Window.Take(Math.Min(length + 1, rest.Length));
        return true;
    }

    private void Add(ReadOnlySpan<byte> line, JsonFault fault, bool isUnfinished = false)
    {
        _line++;
        // Files with byte order marks that were put together have them at the beginning of later lines.
        int mark = line.StartsWith(Encoding.UTF8.Preamble) ? Encoding.UTF8.Preamble.Length : 0;
        int indent = line[mark..].IndexOfAnyExcept(" \t\r"u8);
        if (indent < 0)
            return;
        indent += mark;
        Rows.Add(new JsonRow
        {
            Start = Window.Position + indent,
            Length = line.Length - indent,
            Offset = Window.Offset + indent,
            Line = _line,
            Fault = fault,
            IsUnfinished = isUnfinished,
        });
    }

    private bool SkipRest()
    {
        ReadOnlySpan<byte> rest = Window.Rest;
        int end = rest.IndexOf((byte)'\n');
        Window.Take(end < 0 ? rest.Length : end + 1);
        _isInLongLine = end < 0;
        if (end >= 0)
            return true;
        IsAtEnd = Window.HasEnded;
        return IsAtEnd;
    }
}
