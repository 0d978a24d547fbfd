using System.Runtime.CompilerServices;
using System.Text;
using EtlTools.Engine.Transform;

namespace EtlTools.Engine.Extract.Csv;

/// <summary>Decides which fields are null, and converts the others. Not thread-safe: one for each worker.</summary>
internal sealed class CsvValues
{
    private const int ScratchLength = 256;

    private readonly CsvOptions _options;
    private readonly byte[][] _nulls;
    private readonly bool _emptyIsNull;
    private readonly char[] _scratch = new char[ScratchLength];

    public CsvValues(CsvOptions options)
    {
        _options = options;
        _nulls = [.. options.NullValues.Where(text => text.Length > 0).Select(Encoding.UTF8.GetBytes)];
        _emptyIsNull = options.DistinguishEmptyFromNull || options.NullValues.Contains("");
    }

    /// <summary>Whether a field is null in a column of any type; a missing field always is.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public bool IsNull(CsvFields fields, int field)
    {
        if (field >= fields.Count)
            return true;
        if (_options.DistinguishEmptyFromNull && _options.Quote is not null && fields.KindOf(field) != CsvFieldKind.Plain)
            return false;
        if (fields.LengthOf(field) == 0)
            return _emptyIsNull;
        if (fields.IsNullMark(field))
            return true;
        foreach (byte[] text in _nulls)
        {
            if (fields.Raw(field).SequenceEqual(text))
                return true;
        }
        return false;
    }

    /// <summary>Converts a field to the type of its column, which is not text.</summary>
    public bool TryConvert(CsvFields fields, CsvLayout layout, int column, out object? value)
    {
        int field = layout.Fields[column];
        if (IsNull(fields, field))
        {
            value = null;
            return true;
        }
        // A character never has fewer bytes in UTF-8 than units in UTF-16.
        if (fields.KindOf(field) == CsvFieldKind.Escaped || fields.LengthOf(field) > ScratchLength)
            return TryConvert(fields.GetText(field), layout, column, out value);
        int length = Encoding.UTF8.GetChars(fields.Raw(field), _scratch);
        return TryConvert(_scratch.AsSpan(0, length), layout, column, out value);
    }

    private bool TryConvert(ReadOnlySpan<char> text, CsvLayout layout, int column, out object? value) => layout.IsInferred(column)
        ? InferredValue.TryConvert(text, layout.Types[column], _options.Conversion, out value)
        : ValueConversion.TryConvert(text, layout.Types[column], out value, _options.Conversion);
}
