using System.Buffers.Binary;
using System.Data.SqlTypes;
using System.Globalization;
using System.Text;

namespace EtlTools.Tests.Tds;

/// <summary>Reads and writes values of a type.</summary>
internal static class TdsValue
{
    private const ulong PlpNull = ulong.MaxValue;
    private const ulong PlpUnknownLength = ulong.MaxValue - 1;
    private const ushort NullLength = 0xFFFF;

    private static readonly Encoding Latin1 = CodePagesEncodingProvider.Instance.GetEncoding(1252)!;
    private static readonly DateTime DateTimeEpoch = new(1900, 1, 1);

    public static object? Read(TdsReader reader, TdsType type)
    {
        if (type.IsMax)
            return ReadPlp(reader) is { } all ? FromBytes(all, type) : null;
        int length = type.HasWordLength ? reader.UInt16() : reader.Byte();
        return (type.HasWordLength ? length == NullLength : length == 0) ? null : FromBytes(reader.Bytes(length), type);
    }

    /// <summary>Writes a value; of the types that results need.</summary>
    public static void Write(TdsWriter writer, TdsType type, object? value)
    {
        if (value is null)
        {
            if (type.IsMax)
                writer.Int64(-1);
            else if (type.HasWordLength)
                writer.UInt16(NullLength);
            else
                writer.Byte(0);
            return;
        }
        byte[] bytes = ToBytes(value, type);
        if (type.IsMax)
            writer.Int64(bytes.Length).Int32(bytes.Length).Bytes(bytes).Int32(0);
        else if (type.HasWordLength)
            writer.UInt16(bytes.Length).Bytes(bytes);
        else
            writer.Byte(bytes.Length).Bytes(bytes);
    }

    private static byte[]? ReadPlp(TdsReader reader)
    {
        ulong length = (ulong)reader.Int64();
        if (length == PlpNull)
            return null;
        var all = new MemoryStream();
        for (int chunk = reader.Int32(); chunk != 0; chunk = reader.Int32())
            all.Write(reader.Bytes(chunk));
        return length == PlpUnknownLength || (long)length == all.Length ? all.ToArray() : throw new InvalidDataException("A PLP value of another length than it says.");
    }

    private static byte[] ToBytes(object value, TdsType type)
    {
        switch (type.Code)
        {
            case TdsType.Int or TdsType.Bit:
                byte[] number = new byte[8];
                BinaryPrimitives.WriteInt64LittleEndian(number, Convert.ToInt64(value, CultureInfo.InvariantCulture));
                return number[..type.Length];
            case TdsType.NVarChar or TdsType.NChar:
                return Encoding.Unicode.GetBytes((string)value);
            case TdsType.VarChar or TdsType.Char:
                return (type.IsUtf8 ? Encoding.UTF8 : Latin1).GetBytes((string)value);
            case TdsType.VarBinary or TdsType.Binary:
                return (byte[])value;
            case TdsType.DateTime2:
                var time = (DateTime)value;
                return [.. TimeBytes(time.TimeOfDay, type.Scale), .. BitConverter.GetBytes(time.Ticks / TimeSpan.TicksPerDay).AsSpan(0, 3)];
            default:
                throw new NotSupportedException($"The double writes no values of type 0x{type.Code:X2}.");
        }
    }

    private static object FromBytes(ReadOnlySpan<byte> bytes, TdsType type) => type.Code switch
    {
        TdsType.Bit => bytes[0] != 0,
        TdsType.Int => bytes.Length switch
        {
            1 => (object)bytes[0],
            2 => BinaryPrimitives.ReadInt16LittleEndian(bytes),
            4 => BinaryPrimitives.ReadInt32LittleEndian(bytes),
            _ => BinaryPrimitives.ReadInt64LittleEndian(bytes),
        },
        TdsType.Float => bytes.Length == 4 ? (object)BinaryPrimitives.ReadSingleLittleEndian(bytes) : BinaryPrimitives.ReadDoubleLittleEndian(bytes),
        TdsType.Money => ReadMoney(bytes),
        TdsType.Decimal or TdsType.Numeric => ReadDecimal(bytes, type),
        TdsType.Guid => new Guid(bytes),
        TdsType.DateTime => ReadDateTime(bytes),
        TdsType.Date => DateOnly.FromDayNumber(ReadDays(bytes)),
        TdsType.Time => TimeOnly.FromTimeSpan(ReadTime(bytes, type.Scale)),
        TdsType.DateTime2 => ReadDateTime2(bytes, type.Scale),
        TdsType.DateTimeOffset => ReadOffset(bytes, type.Scale),
        TdsType.NVarChar or TdsType.NChar => Encoding.Unicode.GetString(bytes),
        TdsType.VarChar or TdsType.Char => (type.IsUtf8 ? Encoding.UTF8 : Latin1).GetString(bytes),
        _ => bytes.ToArray(),
    };

    private static decimal ReadMoney(ReadOnlySpan<byte> bytes)
    {
        // The high half of eight bytes comes first.
        long units = bytes.Length == 4
            ? BinaryPrimitives.ReadInt32LittleEndian(bytes)
            : ((long)BinaryPrimitives.ReadInt32LittleEndian(bytes) << 32) | BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]);
        return units / 10_000m;
    }

    private static object ReadDecimal(ReadOnlySpan<byte> bytes, TdsType type)
    {
        int[] parts = new int[4];
        for (int i = 0; i < (bytes.Length - 1) / 4; i++)
            parts[i] = BinaryPrimitives.ReadInt32LittleEndian(bytes[(1 + (i * 4))..]);
        var value = new SqlDecimal(type.Precision, type.Scale, bytes[0] == 1, parts);
        return parts[3] == 0 && type.Scale <= 28 ? (object)value.Value : value;
    }

    private static DateTime ReadDateTime(ReadOnlySpan<byte> bytes) => bytes.Length == 4
        ? DateTimeEpoch.AddDays(BinaryPrimitives.ReadUInt16LittleEndian(bytes)).AddMinutes(BinaryPrimitives.ReadUInt16LittleEndian(bytes[2..]))
        : new SqlDateTime(BinaryPrimitives.ReadInt32LittleEndian(bytes), BinaryPrimitives.ReadInt32LittleEndian(bytes[4..])).Value;

    private static int ReadDays(ReadOnlySpan<byte> bytes) => bytes[0] | (bytes[1] << 8) | (bytes[2] << 16);

    private static TimeSpan ReadTime(ReadOnlySpan<byte> bytes, int scale)
    {
        long units = 0;
        for (int i = bytes.Length - 1; i >= 0; i--)
            units = (units << 8) | bytes[i];
        return TimeSpan.FromTicks(units * (long)Math.Pow(10, 7 - scale));
    }

    private static DateTime ReadDateTime2(ReadOnlySpan<byte> bytes, int scale) =>
        new DateTime(ReadDays(bytes[^3..]) * TimeSpan.TicksPerDay) + ReadTime(bytes[..^3], scale);

    private static DateTimeOffset ReadOffset(ReadOnlySpan<byte> bytes, int scale)
    {
        var offset = TimeSpan.FromMinutes(BinaryPrimitives.ReadInt16LittleEndian(bytes[^2..]));
        return new DateTimeOffset(ReadDateTime2(bytes[..^2], scale), TimeSpan.Zero).ToOffset(offset);
    }

    private static byte[] TimeBytes(TimeSpan time, int scale)
    {
        byte[] units = BitConverter.GetBytes(time.Ticks / (long)Math.Pow(10, 7 - scale));
        return units[..(scale <= 2 ? 3 : scale <= 4 ? 4 : 5)];
    }
}
