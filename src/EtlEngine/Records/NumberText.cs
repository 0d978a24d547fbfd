using System.Buffers;
using System.Globalization;
using System.Numerics;
using System.Text;

namespace EtlTools.Engine.Records;

/// <summary>Reads numbers written as text without losing digits, and tells whether a binary number still has them.</summary>
internal static class NumberText
{
    /// <summary>The digits of a fraction that certainly survive SQLite's conversion to binary and back.</summary>
    public const int MaxDigits = 15;

    /// <summary>No database supports larger numbers.</summary>
    private const int MaxExponent = 1 << 18;

    private const int ShortText = 64;

    private static readonly SearchValues<byte> Digits = SearchValues.Create("+-0123456789"u8);

    private const NumberStyles Number = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;

    /// <summary>Reads a whole number: digits and a sign, nothing else.</summary>
    public static bool TryReadInteger(ReadOnlySpan<byte> utf8, out long value) =>
        long.TryParse(utf8, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value);

    /// <summary>Reads a finite number.</summary>
    public static bool TryReadReal(ReadOnlySpan<byte> utf8, out double value) =>
        double.TryParse(utf8, Number, CultureInfo.InvariantCulture, out value) && double.IsFinite(value);

    /// <summary>Whether a text is a number, but larger than a binary number can be.</summary>
    public static bool IsTooLarge(ReadOnlySpan<byte> utf8) =>
        double.TryParse(utf8, Number, CultureInfo.InvariantCulture, out double value) && double.IsInfinity(value) && CountDigits(utf8) > 0;

    /// <summary>Whether a number was so near to 0 that it became 0 when it was converted to a binary number.</summary>
    public static bool IsTooSmall(ReadOnlySpan<byte> utf8, double value) => value == 0 && CountDigits(utf8) > 0;

    /// <summary>Whether a number that was read from a text is neither 0 nor infinity because a binary number cannot be so small or so large.</summary>
    public static bool IsInRange(ReadOnlySpan<char> text, double value)
    {
        if (value != 0 && !double.IsInfinity(value))
            return true;
        Span<byte> utf8 = text.Length <= ShortText ? stackalloc byte[ShortText] : new byte[text.Length];
        return CountDigits(utf8[..Encoding.ASCII.GetBytes(text, utf8)]) == 0;
    }

    /// <summary>Whether a binary number is written with the same digits as the text that it was read from.</summary>
    public static bool HasSameDigits(ReadOnlySpan<byte> utf8, double value)
    {
        Span<byte> room = utf8.Length <= ShortText ? stackalloc byte[ShortText] : new byte[utf8.Length];
        Span<byte> shortest = stackalloc byte[ShortText];
        Span<byte> shortestRoom = stackalloc byte[ShortText];
        return value.TryFormat(shortest, out int length, "R", CultureInfo.InvariantCulture)
            && TryReadDigits(utf8, room, out _, out Span<byte> digits, out _)
            && TryReadDigits(shortest[..length], shortestRoom, out _, out Span<byte> same, out _)
            && digits.SequenceEqual(same);
    }

    /// <summary>Whether a number in single precision has all its digits: it is the same number, or reads like it.</summary>
    public static bool HasAllDigits(float single, double number) =>
        single == number || double.Parse(single.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture).Equals(number);

    /// <summary>Whether a whole number in plain digits changes when it is converted to a binary number.</summary>
    public static bool IsRounded(ReadOnlySpan<byte> utf8, double value) =>
        !utf8.ContainsAnyExcept(Digits) && BigInteger.TryParse(Encoding.UTF8.GetString(utf8), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out BigInteger whole) && whole != new BigInteger(value);

    /// <summary>True for text that SQLite would convert to a number in a column of NUMERIC affinity.</summary>
    public static bool LooksNumeric(ReadOnlySpan<byte> utf8) =>
        utf8.ContainsAnyInRange((byte)'0', (byte)'9')
        && double.TryParse(utf8, Number | NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out _);

    /// <summary>Significant digits of a number's text: without sign, point, exponent, and zeros at either end.</summary>
    public static int CountDigits(ReadOnlySpan<byte> utf8)
    {
        Span<byte> room = utf8.Length <= ShortText ? stackalloc byte[ShortText] : new byte[utf8.Length];
        return TryReadDigits(utf8, room, out _, out Span<byte> digits, out _) ? digits.Length : 0;
    }

    /// <summary>Reads a number's significant digits, without zeros at either end, and where the point stands among them.</summary>
    /// <param name="utf8">Digits, with a sign, a point and an exponent if present.</param>
    /// <param name="room">Room for as many digits as the text is long.</param>
    /// <param name="negative">Whether it is less than zero.</param>
    /// <param name="digits">The digits' values, in the room.</param>
    /// <param name="point">How many of the digits are before the decimal point; negative if zeros follow it that are not among the
    /// digits.</param>
    public static bool TryReadDigits(ReadOnlySpan<byte> utf8, Span<byte> room, out bool negative, out Span<byte> digits, out int point)
    {
        negative = utf8.Length > 0 && utf8[0] == '-';
        digits = room;
        point = 0;
        if (utf8.Length > 0 && utf8[0] is (byte)'-' or (byte)'+')
            utf8 = utf8[1..];
        int count = 0;
        bool any = false;
        bool inFraction = false;
        for (; utf8.Length > 0 && utf8[0] is not ((byte)'e' or (byte)'E'); utf8 = utf8[1..])
        {
            byte b = utf8[0];
            if (b == '.' && !inFraction)
            {
                inFraction = true;
                continue;
            }
            if (b is < (byte)'0' or > (byte)'9')
                return false;
            any = true;
            if (count > 0 || b != '0')
                digits[count++] = (byte)(b - '0');
            if (!inFraction && count > 0)
                point++;
            else if (inFraction && count == 0)
                point--;
        }
        int exponent = 0;
        if (utf8.Length > 0 && !int.TryParse(utf8[1..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out exponent))
            return false;
        point += Math.Clamp(exponent, -MaxExponent, MaxExponent);
        digits = digits[..count];
        digits = digits[..(digits.LastIndexOfAnyExcept((byte)0) + 1)];
        if (digits.Length == 0)
            (point, negative) = (0, false);
        return any;
    }
}
