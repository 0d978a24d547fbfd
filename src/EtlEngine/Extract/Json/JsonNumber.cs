using System.Globalization;
using System.Text;

namespace EtlTools.Engine.Extract.Json;

/// <summary>Makes a number of its JSON text without losing a digit.</summary>
internal static class JsonNumber
{
    /// <summary>Digits that every decimal of that many has room for.</summary>
    private const int DecimalDigits = 28;

    /// <summary>Digits that a double keeps as they are written.</summary>
    private const int DoubleDigits = 15;

    /// <summary>A long where it is a whole number that fits, else a decimal, else a double where that keeps all its digits,
    /// and otherwise its text.</summary>
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
        return digits <= DoubleDigits && double.TryParse(utf8, NumberStyles.Float, CultureInfo.InvariantCulture, out double real) && double.IsNormal(real)
            ? real
            : Encoding.UTF8.GetString(utf8);
    }

    /// <summary>How many digits there are from the first one that is not zero, and how many stand behind the decimal point
    /// once it is written without an exponent.</summary>
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
                // An exponent beyond an int is beyond every number as well.
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
