using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Text;
using EtlTools.Engine.Transform;
using Sylvan.Data.Csv;

namespace EtlTools.Engine.Extract.Csv;

/// <summary>
/// Parses the rows of a chunk with Sylvan. Sylvan gets each byte of the UTF-8 as one character: the delimiter, quotes and
/// line ends are the same in both, nothing has to be decoded to be split, and narrowing a field gives its UTF-8 back.
/// One Sylvan reader serves chunk after chunk, since its tables grow with the number of columns; one that has refused a
/// row is done for and replaced. Not thread-safe: one for each worker.
/// </summary>
internal sealed class CsvRows(char delimiter) : IDisposable
{
    /// <summary>Bytes beyond the field that <see cref="CopyUtf8"/> may write to.</summary>
    public const int CopySlack = 16;

    private const int UsualCapacity = 64 * 1024;

    private readonly CsvRowFeed _feed = new(delimiter);
    private char[] _buffer = [];
    private CsvDataReader? _csv;
    private int _row;

    /// <summary>The number of fields in the current row.</summary>
    public int FieldCount => _csv!.RowFieldCount;

    /// <summary>The field at which Sylvan refused the row, or -1 where it did not say.</summary>
    public int RefusedField { get; private set; }

    /// <summary>Begins with some frames; as many as fit at once, at least one.</summary>
    /// <returns>How many of them <see cref="TryRead"/> will give.</returns>
    public int Load(byte[] buffer, ReadOnlySpan<CsvFrame> frames)
    {
        int count = 0;
        int chars = 0;
        while (count < frames.Length && (count == 0 || chars + frames[count].Length < UsualCapacity - CsvRowFeed.Slack - CopySlack))
            chars += frames[count++].Length;
        EnsureReader(chars + CsvRowFeed.Slack + CopySlack);
        _feed.Load(buffer, frames[..count]);
        _row = 0;
        return count;
    }

    /// <summary>Goes to the next loaded row.</summary>
    /// <returns>False when it breaks the rules of CSV; rows after it must be loaded anew.</returns>
    public bool TryRead()
    {
        try
        {
            // Sylvan's rows must be the framer's, or positions would be wrong.
            if (_csv!.Read() && !_feed.IsOverread && _csv.GetRawRecordSpan().Length == _feed.Lengths[_row])
            {
                _row++;
                return true;
            }
            RefusedField = -1;
        }
        catch (CsvFormatException e)
        {
            RefusedField = e.FieldOrdinal;
        }
        Drop();
        return false;
    }

    /// <summary>Writes a field of the current row as UTF-8.</summary>
    /// <param name="field">The field.</param>
    /// <param name="target">Room for the field and <see cref="CopySlack"/> bytes more, which may be written to.</param>
    /// <returns>The number of bytes.</returns>
    public int CopyUtf8(int field, Span<byte> target)
    {
        ReadOnlySpan<char> chars = _csv!.GetFieldSpan(field);
        // A field with doubled quotes stands in Sylvan's own array.
        nint at = Unsafe.ByteOffset(ref MemoryMarshal.GetArrayDataReference(_buffer), ref MemoryMarshal.GetReference(chars)) / sizeof(char);
        bool fits = at >= 0 && at + chars.Length + CopySlack <= _buffer.Length && chars.Length + CopySlack <= target.Length;
        if (!fits || !_feed.IsPlain)
            return _feed.Narrow(chars, target);
        ref ushort source = ref Unsafe.As<char, ushort>(ref MemoryMarshal.GetReference(chars));
        ref byte destination = ref MemoryMarshal.GetReference(target);
        // Whole vectors, beyond the end too: most fields are short, and their lengths would be mispredicted.
        for (nuint i = 0; i < (nuint)chars.Length; i += CopySlack)
        {
            var low = Vector128.LoadUnsafe(ref source, i);
            var high = Vector128.LoadUnsafe(ref source, i + (nuint)Vector128<ushort>.Count);
            Vector128.Narrow(low, high).StoreUnsafe(ref destination, i);
        }
        return chars.Length;
    }

    /// <summary>A field of the current row.</summary>
    public string GetText(int field)
    {
        ReadOnlySpan<char> chars = _csv!.GetFieldSpan(field);
        byte[] utf8 = ArrayPool<byte>.Shared.Rent(_feed.MaxUtf8Length(chars.Length));
        string text = Encoding.UTF8.GetString(utf8, 0, _feed.Narrow(chars, utf8));
        ArrayPool<byte>.Shared.Return(utf8);
        return text;
    }

    /// <summary>Converts a field of the current row.</summary>
    public bool TryConvert(int field, ColumnType type, out object? value)
    {
        ReadOnlySpan<char> chars = _csv!.GetFieldSpan(field);
        return _feed.IsLiteral(chars)
            ? ValueConversion.TryConvert(chars, type, out value)
            : ValueConversion.TryConvert(GetText(field), type, out value);
    }

    public void Dispose()
    {
        Drop();
        if (_buffer.Length > 0)
            ArrayPool<char>.Shared.Return(_buffer);
        _buffer = [];
    }

    private void EnsureReader(int capacity)
    {
        int wanted = Math.Max(capacity, UsualCapacity);
        if (_buffer.Length < wanted || (_buffer.Length > 4 * UsualCapacity && wanted == UsualCapacity))
        {
            Dispose();
            _buffer = ArrayPool<char>.Shared.Rent(wanted);
        }
        if (_csv is not null)
            return;
        _feed.Begin();
        _csv = CsvDataReader.Create(_feed, _buffer, _feed.NewOptions());
        _csv.Read();
    }

    private void Drop()
    {
        _csv?.Dispose();
        _csv = null;
    }
}
