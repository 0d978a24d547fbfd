using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using EtlTools.Engine.Records;
using EtlTools.Engine.Transform;

namespace EtlTools.Engine.Load.Postgres;

/// <summary>smallint, integer and bigint.</summary>
/// <param name="Bytes">2, 4 or 8.</param>
internal sealed record PostgresInteger(int Bytes) : PostgresType
{
    public override string Sql => Bytes switch { 2 => "smallint", 4 => "integer", _ => "bigint" };

    public override string Takes => "whole numbers of its size";

    public override string StagingSql => Bytes switch { 2 => "int2", 4 => "int4", _ => "int8" };

    public override IEnumerable<TargetType> Wider(Record record, int index)
    {
        for (int bytes = 2 * Bytes; bytes <= sizeof(long); bytes *= 2)
            yield return new PostgresInteger(bytes);
        yield return new PostgresDecimal();
    }

    public override bool HasKnownOrder => true;

    public override int Compare(ReadOnlySpan<byte> written, ReadOnlySpan<byte> other) => CompareSigned(written, other);

    public override ReadOnlySpan<byte> KeyText(ReadOnlySpan<byte> written, Span<byte> room)
    {
        long number = Bytes switch
        {
            sizeof(short) => BinaryPrimitives.ReadInt16BigEndian(written),
            sizeof(int) => BinaryPrimitives.ReadInt32BigEndian(written),
            _ => BinaryPrimitives.ReadInt64BigEndian(written),
        };
        number.TryFormat(room, out int length, provider: CultureInfo.InvariantCulture);
        return room[..length];
    }

    protected override string? FromText(PostgresBuffer buffer, ReadOnlySpan<byte> utf8) =>
        NumberText.TryReadInteger(utf8, out long number) ? Put(buffer, number) : Wrong;

    protected override string? FromValue(PostgresBuffer buffer, Utf8Scratch scratch, object value) =>
        value is not (bool or Guid or DateTime) && ValueConversion.TryConvert(value, ColumnType.Long, out object? number) && number is long n ? Put(buffer, n) : Wrong;

    private string? Put(PostgresBuffer buffer, long number)
    {
        switch (Bytes)
        {
            case sizeof(long):
                buffer.WriteInt8(number);
                return null;
            case sizeof(int) when number is >= int.MinValue and <= int.MaxValue:
                buffer.WriteInt4((int)number);
                return null;
            case sizeof(short) when number is >= short.MinValue and <= short.MaxValue:
                buffer.WriteInt2((short)number);
                return null;
            default:
                return Wrong;
        }
    }
}

/// <summary>real and double precision.</summary>
/// <param name="IsDouble">Which of them.</param>
/// <param name="IsExact">Whether numbers that single precision would round are not accepted, because the column may be widened.</param>
internal sealed record PostgresFloat(bool IsDouble, bool IsExact = false) : PostgresType
{
    public override string Sql => IsDouble ? "double precision" : "real";

    public override string Takes => "numbers";

    public override string StagingSql => IsDouble ? "float8" : "float4";

    /// <summary>0 equals -0, and a text may have too few digits.</summary>
    public override string Comparable(string value) => $"({value}, {value}::text)";

    public override ReadOnlySpan<byte> KeyText(ReadOnlySpan<byte> written, Span<byte> room)
    {
        int length;
        written = Hashed(written);
        _ = IsDouble
            ? BinaryPrimitives.ReadDoubleBigEndian(written).TryFormat(room, out length, provider: CultureInfo.InvariantCulture)
            : BinaryPrimitives.ReadSingleBigEndian(written).TryFormat(room, out length, provider: CultureInfo.InvariantCulture);
        return room[..length];
    }

    /// <summary>The server treats both zeros as equal.</summary>
    public override ReadOnlySpan<byte> Hashed(ReadOnlySpan<byte> written) =>
        written.Length > 0 && written[0] == 0x80 && written[1..].IndexOfAnyExcept((byte)0) < 0 ? Zero.AsSpan(0, written.Length) : written;

    public override IEnumerable<TargetType> Wider(Record record, int index) => IsDouble ? [] : [new PostgresFloat(true)];

    private static readonly byte[] Zero = new byte[sizeof(double)];

    /// <summary>Whole numbers up to this one are exact.</summary>
    private double MaxExact => IsDouble ? 1L << 53 : 1L << 24;

    private string TooLarge => $"cannot hold a number that large; declare the column {WithMoreRange}";

    private string TooSmall => $"cannot hold a number so close to 0; declare the column {WithMoreRange}";

    private string WithMoreRange => IsDouble ? "numeric" : "double precision or numeric";

    protected override string? FromText(PostgresBuffer buffer, ReadOnlySpan<byte> utf8)
    {
        if (!NumberText.TryReadReal(utf8, out double number))
            return PostgresSpecial.TryRead(utf8, out number) ? Put(buffer, number) : NumberText.IsTooLarge(utf8) ? TooLarge : Wrong;
        if (NumberText.IsTooSmall(utf8, number))
            return TooSmall;
        return Math.Abs(number) >= MaxExact && NumberText.IsRounded(utf8, IsDouble ? number : (float)number)
            ? "would round the whole number; declare the column bigint or numeric"
            : Put(buffer, number);
    }

    protected override string? FromValue(PostgresBuffer buffer, Utf8Scratch scratch, object value) => value switch
    {
        double number => Put(buffer, number),
        float number => Put(buffer, number),
        Half number => Put(buffer, (double)number),
        _ => PostgresDecimal.IsExact(value) ? FromChars(buffer, scratch, StoredText.Of(value)) : Wrong,
    };

    private string? Put(PostgresBuffer buffer, double number)
    {
        // The server treats all NaNs as equal, whatever their bits.
        if (double.IsNaN(number))
            number = double.NaN;
        if (IsDouble)
        {
            buffer.WriteInt8(BitConverter.DoubleToInt64Bits(number));
            return null;
        }
        float single = (float)number;
        if (float.IsInfinity(single) && !double.IsInfinity(number))
            return TooLarge;
        if (single == 0 && number != 0)
            return TooSmall;
        if (IsExact && !NumberText.HasAllDigits(single, number))
            return "would round the number; declare the column double precision";
        buffer.WriteInt4(BitConverter.SingleToInt32Bits(single));
        return null;
    }
}

/// <summary>numeric.</summary>
/// <param name="Limit">The largest number of digits, and how many of them are decimals; null for no limit.</param>
internal record PostgresDecimal((int Precision, int Scale)? Limit = null) : PostgresType
{
    /// <summary>The most digits of a numeric with a limit.</summary>
    private const int MostDigits = 1_000;

    public override string Sql => Limit is { } limit ? FormattableString.Invariant($"numeric({limit.Precision},{limit.Scale})") : "numeric";

    public override string Takes => "numbers";

    public override string StagingSql => "numeric";

    /// <summary>Whether a value is a number with exact digits.</summary>
    public static bool IsExact(object value) =>
        value is sbyte or byte or short or ushort or int or uint or long or ulong or decimal or BigInteger or Int128 or UInt128;

    // Weight and sign come first, then the display scale, which does not affect the value; then the digits.
    public override ReadOnlySpan<byte> Hashed(ReadOnlySpan<byte> written) => written[8..];

    public override ReadOnlySpan<byte> KeyText(ReadOnlySpan<byte> written, Span<byte> room) => PostgresNumeric.Text(written, room);

    public override IEnumerable<TargetType> Wider(Record record, int index)
    {
        var any = new PostgresDecimal();
        var buffer = new PostgresBuffer();
        if (Limit is not { } now || any.Write(buffer, new Utf8Scratch(), record, index, out _) is not null)
            yield break;
        (int whole, int scale) = PostgresNumeric.Measure(buffer[..buffer.Length].Span);
        whole = Math.Max(whole, now.Precision - now.Scale);
        // A binary number has no exact decimals, so it is rounded to the column's.
        scale = record[index] is double or float ? now.Scale : Math.Max(scale, now.Scale);
        if (whole + scale <= MostDigits)
            yield return new PostgresDecimal((whole + scale, scale));
        yield return any;
    }

    protected override string? FromText(PostgresBuffer buffer, ReadOnlySpan<byte> utf8) =>
        PostgresSpecial.TryRead(utf8, out double special) && double.IsNaN(special) ? PutNaN(buffer) : PostgresNumeric.Write(buffer, utf8, Limit, rounds: false);

    /// <summary>Writes what is not a number.</summary>
    protected virtual string? PutNaN(PostgresBuffer buffer)
    {
        PostgresNumeric.WriteNaN(buffer);
        return null;
    }

    protected override string? FromValue(PostgresBuffer buffer, Utf8Scratch scratch, object value)
    {
        switch (value)
        {
            case decimal number:
                return PostgresNumeric.Write(buffer, scratch.Format(number), Limit, rounds: false);
            case double or float when !double.IsFinite(Convert.ToDouble(value, CultureInfo.InvariantCulture)):
                return double.IsNaN(Convert.ToDouble(value, CultureInfo.InvariantCulture)) ? PutNaN(buffer) : "accepts only finite numbers";
            // A binary number has no exact decimals, so the column's are as good as any.
            case double number:
                return PostgresNumeric.Write(buffer, scratch.Format(number), Limit, rounds: true);
            case float number:
                return PostgresNumeric.Write(buffer, scratch.Format(number), Limit, rounds: true);
            case Half number:
                return FromValue(buffer, scratch, (double)number);
            default:
                return IsExact(value) ? FromChars(buffer, scratch, StoredText.Of(value)) : Wrong;
        }
    }
}

/// <summary>money. It is staged as a number: how the server reads the text of an amount depends on its locale, and it rounds what it
/// reads.</summary>
/// <param name="Scale">The decimals, by the server's locale.</param>
internal sealed record PostgresMoney(int Scale) : PostgresDecimal((Digits, Scale))
{
    /// <summary>The digits of the largest amount.</summary>
    private const int Digits = 19;

    public override string Sql => "money";

    public override bool IsReadByServer => true;

    public override string FromStage(string staged) => $"{staged}::money";

    public override IEnumerable<TargetType> Wider(Record record, int index) => [];

    protected override string? PutNaN(PostgresBuffer buffer) => Wrong;
}
