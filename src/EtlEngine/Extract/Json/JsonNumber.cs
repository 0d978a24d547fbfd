using System.Globalization;
using System.Numerics;
using System.Text;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Extract.Json;

/// <summary>Creates a number from its JSON text without losing a digit.</summary>
internal static class JsonNumber
{
    /// <summary>The number of digits that always fit in a decimal.</summary>
    private const int DecimalDigits = 28;

    /// <summary>The number of digits that a double always preserves.</summary>
    private const int DoubleDigits = 15;

    /// <summary>The longest whole number that becomes one: reading a number of n digits takes n² steps.</summary>
    private const int WholeDigits = 1000;

    /// <summary>A long for a whole number that fits, else a decimal, else a BigInteger for a whole number, else a double if it preserves all
    /// digits, else the text.</summary>
    public static object Read(ReadOnlySpan<byte> utf8)
    {
        if (long.TryParse(utf8, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long whole))
            return whole;
        (int digits, int scale) = Measure(utf8);
        if (digits <= DecimalDigits && scale <= DecimalDigits && digits - scale <= DecimalDigits
            && decimal.TryParse(utf8, NumberStyles.Float, CultureInfo.InvariantCulture, out decimal exact))
        {
            return exact;
        }
        if (utf8.Length <= WholeDigits && !utf8.ContainsAny(".eE"u8) && BigInteger.TryParse(Encoding.UTF8.GetString(utf8), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out BigInteger large))
            return large;
        return double.TryParse(utf8, NumberStyles.Float, CultureInfo.InvariantCulture, out double real) && double.IsNormal(real) && (digits <= DoubleDigits || NumberText.HasSameDigits(utf8, real))
            ? real
            : Encoding.UTF8.GetString(utf8);
    }

    /// <summary>The number of digits from the first non-zero one, and the number of digits after the decimal point when it is written
    /// without an exponent.</summary>
    private static (int Digits, int Scale) Measure(ReadOnlySpan<byte> utf8)
    {
        int digits = 0, fraction = 0, exponent = 0;
        bool hasPoint = false;
        for (int i = 0; i < utf8.Length; i++)
        {
            byte c = utf8[i];
            if (c == '.')
            {
                hasPoint = true;
            }
            else if (c is (byte)'e' or (byte)'E')
            {
                // An exponent beyond an int is beyond every number.
                exponent = int.TryParse(utf8[(i + 1)..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int e) ? Math.Clamp(e, -100_000, 100_000) : 100_000;
                break;
            }
            else if (c != '-')
            {
                if (digits > 0 || c != '0')
                    digits++;
                if (hasPoint)
                    fraction++;
            }
        }
        return (digits, fraction - exponent);
    }
}
