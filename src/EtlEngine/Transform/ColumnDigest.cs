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
    private readonly ArrayBufferWriter<byte> _bytes = new();
    private char[] _scratch = new char[64];

    /// <summary>Computes a digest.</summary>
    /// <returns>False if all columns are null or missing.</returns>
    public bool TryCompute(Record record, ReadOnlySpan<int> columns, Span<byte> hash)
    {
        _bytes.ResetWrittenCount();
        bool any = false;
        foreach (int column in columns)
        {
            Field field = Field.Of(record, column, ref _scratch);
            any |= !field.IsNull;
            if (columns.Length > 1)
                WriteLength(field);
            if (!field.IsNull)
                Encoding.UTF8.GetBytes(field.Key, _bytes);
        }
        if (any)
            SHA256.HashData(_bytes.WrittenSpan, hash);
        return any;
    }

    private void WriteLength(in Field field)
    {
        if (field.IsNull)
        {
            _bytes.Write("-"u8);
            return;
        }
        Span<byte> length = _bytes.GetSpan(16);
        Encoding.UTF8.GetByteCount(field.Key).TryFormat(length, out int written, default, CultureInfo.InvariantCulture);
        length[written++] = (byte)':';
        _bytes.Advance(written);
    }
}
