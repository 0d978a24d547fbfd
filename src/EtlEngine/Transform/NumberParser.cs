using System.Globalization;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Transform;

/// <summary>Parses numbers: plain ones, those of a culture, and those in other notations.</summary>
internal static class NumberParser
{
    /// <summary>Behind a number in percent; a sign before it.</summary>
    private const string PerHundred = "E-2";

    /// <summary>A number of the type, or null.</summary>
    public static object? Parse(ReadOnlySpan<char> text, ColumnType type, ConversionOptions options)
    {
        if (options.NumberNotation != NumberNotations.Plain)
            return ParseWritten(text, type, options);
        return options.Numbers is null ? ParsePlain(text, type) : ParseOf(options.Numbers, text, type);
    }

    private static object? ParseOf(CultureNumbers numbers, ReadOnlySpan<char> text, ColumnType type)
    {
        if (text.Length > CultureNumbers.MaxLength)
            return null;
        Span<char> invariant = stackalloc char[text.Length];
        return numbers.TryToInvariant(text, invariant, out int length) ? ParsePlain(invariant[..length], type) : null;
    }

    private static object? ParseWritten(ReadOnlySpan<char> text, ColumnType type, ConversionOptions options)
    {
        if (text.Length > CultureNumbers.MaxLength || !WrittenNumber.TryRead(text, options.NumberNotation, options.Culture, out WrittenNumber number))
            return null;
        Span<char> plain = stackalloc char[number.Digits.Length + PerHundred.Length + 1];
        int length = number.Digits.Length;
        CultureNumbers? numbers = options.Numbers ?? (options.NumberNotation.HasFlag(NumberNotations.Groups) ? CultureNumbers.Invariant : null);
        if (numbers is null)
            number.Digits.CopyTo(plain[1..]);
        else if (!numbers.TryToInvariant(number.Digits, plain[1..], out length))
            return null;
        plain[0] = number.IsNegative ? '-' : '+';
        length++;
        if (!number.IsPercent)
            return ParsePlain(plain[..length], type);
        if (plain[..length].ContainsAny('e', 'E'))
            return null;
        PerHundred.CopyTo(plain[length..]);
        plain = plain[..(length + PerHundred.Length)];
        if (type is not (ColumnType.Int or ColumnType.Long))
            return ParsePlain(plain, type);
        return DecimalText.TryParse(plain, out decimal whole) ? ObjectConversion.Convert(whole, type, options) : null;
    }

    private static object? ParsePlain(ReadOnlySpan<char> text, ColumnType type)
    {
        CultureInfo culture = CultureInfo.InvariantCulture;
        const NumberStyles real = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        return type switch
        {
            ColumnType.Int => int.TryParse(text, NumberStyles.AllowLeadingSign, culture, out int i) ? i : null,
            ColumnType.Long => long.TryParse(text, NumberStyles.AllowLeadingSign, culture, out long l) ? l : null,
            ColumnType.Decimal => DecimalText.TryParse(text, out decimal m) ? m : null,
            _ => double.TryParse(text, real, culture, out double d) && NumberText.IsInRange(text, d) ? d : null,
        };
    }
}
