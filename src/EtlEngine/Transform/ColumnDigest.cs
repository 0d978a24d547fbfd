using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using EtlTools.Engine.Records;
using EtlTools.Engine.Transform.Rules;

namespace EtlTools.Engine.Transform;

/// <summary>
/// SHA-256 of columns. Of one column: its text as UTF-8, as any other tool computes it. Of several columns: for each the length of its text
/// in bytes, a colon and the text, or a minus sign for a null, so that values cannot run into each other.
/// </summary>
internal sealed class ColumnDigest
{
    /// <summary>Stands before nested values, where they are not to equal a text; a byte that no text has in UTF-8.</summary>
    private const byte NestedMark = 0xFF;

    private readonly ArrayBufferWriter<byte> _bytes = new();
    private char[] _scratch = new char[64];

    /// <summary>Computes a digest.</summary>
    /// <param name="record">The record.</param>
    /// <param name="columns">The positions of the columns.</param>
    /// <param name="hash">Receives the digest.</param>
    /// <param name="marksNested">Whether an object or a list has another digest than the text that is its JSON.</param>
    /// <returns>False if all columns are null or missing.</returns>
    /// <exception cref="NestingException">A value is nested too deep, or inside itself.</exception>
    public bool TryCompute(Record record, ReadOnlySpan<int> columns, Span<byte> hash, bool marksNested = false)
    {
        _bytes.ResetWrittenCount();
        bool any = false;
        foreach (int column in columns)
        {
            Field field = Field.Of(record, column, ref _scratch);
            if (field.IsNull)
            {
                if (columns.Length > 1)
                    _bytes.Write("-"u8);
                continue;
            }
            any = true;
            try
            {
                Write(field, columns.Length > 1, marksNested);
            }
            catch (NestingException)
            {
                throw new NestingException { Column = record.Schema[column] };
            }
        }
        if (any)
            SHA256.HashData(_bytes.WrittenSpan, hash);
        return any;
    }

    private void Write(in Field field, bool hasLength, bool marksNested)
    {
        ReadOnlySpan<char> key = field.KeyOf(out bool isNested);
        if (hasLength)
            WriteLength(key);
        if (isNested && marksNested)
            _bytes.Write([NestedMark]);
        Encoding.UTF8.GetBytes(key, _bytes);
    }

    private void WriteLength(ReadOnlySpan<char> key)
    {
        Span<byte> length = _bytes.GetSpan(16);
        Encoding.UTF8.GetByteCount(key).TryFormat(length, out int written, default, CultureInfo.InvariantCulture);
        length[written++] = (byte)':';
        _bytes.Advance(written);
    }
}
