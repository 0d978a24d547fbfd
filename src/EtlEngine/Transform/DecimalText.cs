using System.Globalization;

namespace EtlTools.Engine.Transform;

/// <summary>Parses decimals, and refuses those with more digits than a decimal has, which .NET would round.</summary>
internal static class DecimalText
{
    private const NumberStyles Style = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;

    /// <summary>The number of digits that always fit.</summary>
    private const int SafeDigits = 28;

    private const int MaxScale = 28;

    private static readonly UInt128 MaxMantissa = (UInt128.One << 96) - 1;

    public static bool TryParse(ReadOnlySpan<char> text, out decimal value) =>
        decimal.TryParse(text, Style, CultureInfo.InvariantCulture, out value)
        && ((text.Length <= SafeDigits && !text.ContainsAny('e', 'E')) || IsExact(text));

    /// <summary>Whether a number's digits, without the zeros at both ends, and its scale are those of a decimal.</summary>
    private static bool IsExact(ReadOnlySpan<char> text)
    {
        UInt128 mantissa = 0;
        int zeros = 0;
        int scale = 0;
        bool isFraction = false;
        int i = 0;
        for (; i < text.Length && text[i] is not ('e' or 'E'); i++)
        {
            if (text[i] == '.')
                isFraction = true;
            if (!char.IsAsciiDigit(text[i]))
                continue;
            if (isFraction)
                scale++;
            zeros++;
            if (text[i] == '0')
                continue;
            for (; zeros > 0 && mantissa <= MaxMantissa; zeros--)
                mantissa *= 10;
            mantissa += (uint)(text[i] - '0');
            zeros = 0;
        }
        int exponent = 0;
        bool isSmall = i == text.Length || int.TryParse(text[(i + 1)..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out exponent);
        return mantissa == 0 || (isSmall && mantissa <= MaxMantissa && (long)scale - zeros - exponent <= MaxScale);
    }
}
