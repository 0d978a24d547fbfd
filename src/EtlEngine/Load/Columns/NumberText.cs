using System.Buffers;
using System.Globalization;
using System.Numerics;
using System.Text;

namespace EtlTools.Engine.Load;

/// <summary>Reads numbers written as text the way SQLite's NUMERIC affinity does, but without losing digits.</summary>
internal static class NumberText
{
    /// <summary>Digits of a fraction that SQLite's conversion to binary and back is sure to keep.</summary>
    public const int MaxDigits = 15;

    private static readonly SearchValues<byte> Digits = SearchValues.Create("+-0123456789"u8);

    private const NumberStyles Number = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;

    /// <summary>Reads a whole number: digits and a sign, nothing else.</summary>
    public static bool TryReadInteger(ReadOnlySpan<byte> utf8, out long value) =>
        long.TryParse(utf8, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value);

    /// <summary>Reads a finite number.</summary>
    public static bool TryReadReal(ReadOnlySpan<byte> utf8, out double value) =>
        double.TryParse(utf8, Number, CultureInfo.InvariantCulture, out value) && double.IsFinite(value);

    /// <summary>Whether a whole number that is written with digits alone is another one as a binary number.</summary>
    public static bool IsRounded(ReadOnlySpan<byte> utf8, double value) =>
        !utf8.ContainsAnyExcept(Digits) && BigInteger.TryParse(Encoding.UTF8.GetString(utf8), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out BigInteger whole) && whole != new BigInteger(value);

    /// <summary>True for text that SQLite would turn into a number in a column of NUMERIC affinity.</summary>
    public static bool LooksNumeric(ReadOnlySpan<byte> utf8) =>
        utf8.ContainsAnyInRange((byte)'0', (byte)'9')
        && double.TryParse(utf8, Number | NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out _);

    /// <summary>Significant digits of a number's text: without sign, point, exponent, and zeros at either end.</summary>
    public static int CountDigits(ReadOnlySpan<byte> utf8)
    {
        int digits = 0;
        int zeros = 0;
        foreach (byte b in utf8)
        {
            if (b is (byte)'e' or (byte)'E')
                break;
            if (b is < (byte)'0' or > (byte)'9')
                continue;
            if (b == (byte)'0')
            {
                // Zeros count once a digit follows them.
                if (digits > 0)
                    zeros++;
                continue;
            }
            digits += zeros + 1;
            zeros = 0;
        }
        return digits;
    }
}
