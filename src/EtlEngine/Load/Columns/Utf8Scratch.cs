using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Unicode;

namespace EtlTools.Engine.Load;

/// <summary>A buffer in which one value at a time is encoded as UTF-8.</summary>
internal sealed class Utf8Scratch
{
    /// <summary>UTF-8 takes at most three bytes for a UTF-16 unit.</summary>
    private const int MaxBytesPerChar = 3;

    private byte[] _bytes = new byte[256];

    /// <summary>The text as UTF-8.</summary>
    /// <returns>False if it is not valid Unicode: a surrogate without its other half.</returns>
    public bool TryEncode(ReadOnlySpan<char> text, out ReadOnlySpan<byte> utf8)
    {
        if (_bytes.Length < text.Length * MaxBytesPerChar)
            _bytes = new byte[text.Length * MaxBytesPerChar];
        OperationStatus status = Utf8.FromUtf16(text, _bytes, out _, out int written, replaceInvalidSequences: false);
        utf8 = _bytes.AsSpan(0, written);
        return status == OperationStatus.Done;
    }

    /// <summary>A number or date in the given invariant form. The buffer's first size is enough for all of them.</summary>
    public ReadOnlySpan<byte> Format<T>(T value, string? format = null) where T : IUtf8SpanFormattable =>
        value.TryFormat(_bytes, out int written, format, CultureInfo.InvariantCulture)
            ? _bytes.AsSpan(0, written)
            : throw new InvalidOperationException($"A {typeof(T).Name} is longer than {_bytes.Length} bytes.");

    /// <summary>A GUID in capitals.</summary>
    public ReadOnlySpan<byte> FormatInCapitals(Guid id)
    {
        int length = Format(id).Length;
        Ascii.ToUpperInPlace(_bytes.AsSpan(0, length), out _);
        return _bytes.AsSpan(0, length);
    }
}
