using System.Buffers.Binary;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Load.Postgres;

/// <summary>
/// Encodes numbers in PostgreSQL's numeric format, with digits to the base 10,000 and of any length, from their decimal text.
/// </summary>
internal static class PostgresNumeric
{
    private const int NaN = 0xC000;
    private const int Negative = 0x4000;

    /// <summary>The largest number of decimals, by PostgreSQL's format, and of digits before the point.</summary>
    private const int MaxScale = 16383;
    private const int MaxWhole = 131072;

    private const int ShortText = 64;

    /// <summary>Writes a number.</summary>
    /// <param name="buffer">The target.</param>
    /// <param name="text">Digits, with a sign, a point and an exponent if present.</param>
    /// <param name="limit">The digits and decimals of the column; null for no limit.</param>
    /// <param name="rounds">Whether further decimals are rounded rather than refused.</param>
    /// <returns>Null, or why the column does not accept it, as a clause.</returns>
    public static string? Write(PostgresBuffer buffer, ReadOnlySpan<byte> text, (int Precision, int Scale)? limit, bool rounds)
    {
        Span<byte> room = text.Length <= ShortText ? stackalloc byte[ShortText] : new byte[text.Length];
        if (!NumberText.TryReadDigits(text, room, out bool negative, out Span<byte> digits, out int point))
            return "accepts only numbers";
        if (limit is { } most && digits.Length - point > most.Scale)
        {
            if (!rounds)
                return $"has {most.Scale} decimals, but the number has more; round it first";
            Round(ref digits, ref point, most.Scale);
        }
        if (limit is { } column && digits.Length > 0 && point > column.Precision - column.Scale)
            return $"has {column.Precision - column.Scale} digits before the decimal point, but the number has more";
        if (point > MaxWhole || digits.Length - point > MaxScale)
            return "cannot hold a number of so many digits";
        Put(buffer, negative, digits, point);
        return null;
    }

    public static void WriteNaN(PostgresBuffer buffer)
    {
        Span<byte> space = buffer.Take(12);
        space.Clear();
        BinaryPrimitives.WriteInt32BigEndian(space, 8);
        BinaryPrimitives.WriteUInt16BigEndian(space[8..], NaN);
    }

    /// <summary>The digits before and after the point of an encoded number.</summary>
    public static (int Whole, int Scale) Measure(ReadOnlySpan<byte> written)
    {
        short groups = BinaryPrimitives.ReadInt16BigEndian(written[4..]);
        short weight = BinaryPrimitives.ReadInt16BigEndian(written[6..]);
        short scale = BinaryPrimitives.ReadInt16BigEndian(written[10..]);
        if (groups == 0 || weight < 0)
            return (0, scale);
        short first = BinaryPrimitives.ReadInt16BigEndian(written[12..]);
        return ((weight * 4) + (first >= 1000 ? 4 : first >= 100 ? 3 : first >= 10 ? 2 : 1), scale);
    }

    /// <summary>An encoded number as decimal text, without trailing zeros.</summary>
    /// <param name="written">The number, without its length.</param>
    /// <param name="room">Room for a short text.</param>
    public static ReadOnlySpan<byte> Text(ReadOnlySpan<byte> written, Span<byte> room)
    {
        int groups = BinaryPrimitives.ReadInt16BigEndian(written);
        int weight = BinaryPrimitives.ReadInt16BigEndian(written[2..]);
        int sign = BinaryPrimitives.ReadUInt16BigEndian(written[4..]);
        if (sign == NaN)
            return "NaN"u8;
        if (groups == 0)
            return "0"u8;
        int last = Math.Max(0, weight);
        int most = ((Math.Max(groups - weight - 1, 0) + last + 2) * 4) + 2;
        Span<byte> text = most <= room.Length ? room : new byte[most];
        int length = 0;
        if (sign == Negative)
            text[length++] = (byte)'-';
        for (int power = last; power > weight - groups || power >= 0; power--)
        {
            int at = weight - power;
            int group = at >= 0 && at < groups ? BinaryPrimitives.ReadInt16BigEndian(written[(8 + (2 * at))..]) : 0;
            if (power == -1)
                text[length++] = (byte)'.';
            group.TryFormat(text[length..], out int digits, power == last ? "0" : "0000", System.Globalization.CultureInfo.InvariantCulture);
            length += digits;
        }
        ReadOnlySpan<byte> all = text[..length];
        return all.Contains((byte)'.') ? all.TrimEnd((byte)'0').TrimEnd((byte)'.') : all;
    }

    private static void Round(ref Span<byte> digits, ref int point, int scale)
    {
        int keep = point + scale;
        if (keep < 0)
        {
            digits = [];
            point = 0;
            return;
        }
        bool up = digits[keep] >= 5;
        digits = digits[..keep];
        int at = keep - 1;
        for (; up && at >= 0 && digits[at] == 9; at--)
            digits[at] = 0;
        if (up && at >= 0)
        {
            digits[at]++;
        }
        else if (up)
        {
            digits = (byte[])[1, .. digits];
            point++;
        }
        digits = digits[..(digits.LastIndexOfAnyExcept((byte)0) + 1)];
        if (digits.Length == 0)
            point = 0;
    }

    private static void Put(PostgresBuffer buffer, bool negative, ReadOnlySpan<byte> digits, int point)
    {
        // Groups of four digits, counted from the point.
        int before = (int)Math.Ceiling(point / 4.0);
        int lead = (before * 4) - point;
        int groups = digits.Length == 0 ? 0 : (lead + digits.Length + 3) / 4;
        Span<byte> space = buffer.Take(12 + (2 * groups));
        BinaryPrimitives.WriteInt32BigEndian(space, 8 + (2 * groups));
        BinaryPrimitives.WriteInt16BigEndian(space[4..], (short)groups);
        BinaryPrimitives.WriteInt16BigEndian(space[6..], (short)(groups == 0 ? 0 : before - 1));
        BinaryPrimitives.WriteUInt16BigEndian(space[8..], (ushort)(negative ? Negative : 0));
        BinaryPrimitives.WriteInt16BigEndian(space[10..], (short)Math.Max(0, digits.Length - point));
        for (int group = 0; group < groups; group++)
        {
            int value = 0;
            for (int i = 0; i < 4; i++)
            {
                int at = (group * 4) + i - lead;
                value = (value * 10) + (at >= 0 && at < digits.Length ? digits[at] : 0);
            }
            BinaryPrimitives.WriteInt16BigEndian(space[(12 + (2 * group))..], (short)value);
        }
    }
}
