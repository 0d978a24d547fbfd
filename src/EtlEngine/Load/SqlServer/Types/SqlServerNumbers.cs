using System.Data.SqlTypes;
using EtlTools.Engine.Records;
using EtlTools.Engine.Transform;

namespace EtlTools.Engine.Load.SqlServer;

/// <summary>tinyint, smallint, int and bigint.</summary>
/// <param name="Bytes">1, 2, 4 or 8.</param>
internal sealed record SqlServerInteger(int Bytes) : SqlServerType(Bytes switch { 1 => "tinyint", 2 => "smallint", 4 => "int", _ => "bigint" })
{
    public override string Takes => "whole numbers of its range";

    public override IEnumerable<TargetType> Wider(Record record, int index)
    {
        for (int bytes = 2 * Bytes; bytes <= sizeof(long); bytes *= 2)
            yield return new SqlServerInteger(bytes);
        int digits = Bytes switch { 1 => 3, 2 => 5, 4 => 10, _ => 19 };
        if (SqlServerDecimal.ThatHolds(digits, 0, record[index]) is { } number)
            yield return number;
    }

    protected override string? ConvertValue(object source, out object? value)
    {
        if (To(source, ColumnType.Long, out value) is { } problem)
            return problem;
        long number = (long)value!;
        value = Bytes switch
        {
            sizeof(byte) when number is >= byte.MinValue and <= byte.MaxValue => (byte)number,
            sizeof(short) when number is >= short.MinValue and <= short.MaxValue => (short)number,
            sizeof(int) when number is >= int.MinValue and <= int.MaxValue => (int)number,
            sizeof(long) => value,
            _ => null,
        };
        return value is null ? Wrong : null;
    }
}

/// <summary>real and float.</summary>
/// <param name="IsReal">Which of them.</param>
/// <param name="IsExact">Whether numbers that single precision would round are not accepted, because the column may be widened.</param>
internal sealed record SqlServerFloat(bool IsReal, bool IsExact = false) : SqlServerType(IsReal ? "real" : "float")
{
    public override string Takes => "numbers of its range";

    public override IEnumerable<TargetType> Wider(Record record, int index) => IsReal ? [new SqlServerFloat(IsReal: false)] : [];

    protected override string? ConvertValue(object source, out object? value)
    {
        if (To(source, ColumnType.Double, out value) is { } problem)
            return problem;
        double number = (double)value!;
        if (!IsReal)
            return double.IsFinite(number) ? null : Wrong;
        float single = (float)number;
        value = single;
        return !float.IsFinite(single) || (single == 0 && number != 0) ? Wrong
            : IsExact && !NumberText.HasAllDigits(single, number) ? SqlServerDecimal.Rounds
            : null;
    }
}

/// <summary>money and smallmoney.</summary>
/// <param name="IsSmall">Which of them.</param>
internal sealed record SqlServerMoney(bool IsSmall) : SqlServerType(IsSmall ? "smallmoney" : "money")
{
    private const int Scale = 4;

    private decimal Largest => IsSmall ? 214_748.3647m : 922_337_203_685_477.5807m;

    public override string Takes => "numbers of its range";

    public override int Hash(object? value) => SqlServerDecimal.HashOf(value);

    protected override string? ConvertValue(object source, out object? value)
    {
        if (To(source, ColumnType.Decimal, out value) is { } problem)
            return problem;
        decimal number = (decimal)value!;
        // The smallest value is one unit further from zero.
        return decimal.Round(number, Scale) != number ? SqlServerDecimal.Rounds : number <= Largest && number >= -Largest - 0.0001m ? null : Wrong;
    }
}

/// <summary>decimal and numeric.</summary>
/// <param name="Name">The type as T-SQL writes it.</param>
/// <param name="Precision">The total number of digits.</param>
/// <param name="Scale">The number of digits after the decimal point.</param>
internal sealed record SqlServerDecimal(string Name, int Precision, int Scale) : SqlServerType(Name)
{
    public const string Rounds = "would round the number";

    /// <summary>The number of digits that a <see cref="decimal"/> always holds, and the largest number in a column.</summary>
    private const int DecimalDigits = 28;
    private const int MostDigits = 38;

    public override string Takes => "numbers of its range";

    /// <summary>The type with so many digits.</summary>
    public static SqlServerDecimal Of(int precision, int scale, string name = "decimal") =>
        new(FormattableString.Invariant($"{name}({precision},{scale})"), precision, scale);

    /// <summary>The type with enough digits for the existing values and this one; null if there are too many, or it is not a
    /// number.</summary>
    public static SqlServerDecimal? ThatHolds(int whole, int scale, object? value)
    {
        if (Read(value) is not { } number)
            return null;
        whole = Math.Max(whole, number.Precision - number.Scale);
        scale = Math.Max(scale, number.Scale);
        return whole + scale <= MostDigits ? Of(whole + scale, scale) : null;
    }

    public static int HashOf(object? value) => value switch
    {
        decimal number => new SqlDecimal(number).ToDouble().GetHashCode(),
        SqlDecimal number => number.ToDouble().GetHashCode(),
        _ => 0,
    };

    public override int Hash(object? value) => HashOf(value);

    public override IEnumerable<TargetType> Wider(Record record, int index) => ThatHolds(Precision - Scale, Scale, record[index]) is { } wider ? [wider] : [];

    protected override string? ConvertValue(object source, out object? value)
    {
        if (To(source, ColumnType.Decimal, out value) is not null)
            return ConvertLong(source, out value);
        decimal number = (decimal)value!;
        if (Scale < DecimalDigits && decimal.Round(number, Scale) != number)
            return Rounds;
        int whole = Precision - Scale;
        return whole > DecimalDigits || Math.Abs(decimal.Truncate(number)) < PowerOfTen.Of(whole) ? null : Wrong;
    }

    /// <summary>A number with more digits than a .NET decimal has.</summary>
    private string? ConvertLong(object source, out object? value)
    {
        value = null;
        if (Precision <= DecimalDigits || !ValueConversion.TryConvert(source, ColumnType.String, out object? text) || text is not string digits)
            return Wrong;
        try
        {
            var number = SqlDecimal.Parse(digits.Trim());
            SqlDecimal fitted = SqlDecimal.ConvertToPrecScale(number, Precision, Scale);
            if (!(fitted == number).IsTrue)
                return Rounds;
            value = fitted;
            return null;
        }
        catch (Exception e) when (e is FormatException or OverflowException or SqlTypeException)
        {
            return Wrong;
        }
    }

    private static SqlDecimal? Read(object? value)
    {
        if (ValueConversion.TryConvert(value, ColumnType.Decimal, out object? converted) && converted is decimal number)
            // The division removes trailing zeros.
            return new SqlDecimal(number / 1.0000000000000000000000000000m);
        try
        {
            return value is string digits ? SqlDecimal.Parse(digits.Trim()) : null;
        }
        catch (Exception e) when (e is FormatException or OverflowException or SqlTypeException)
        {
            return null;
        }
    }
}

/// <summary>Powers of ten, exactly.</summary>
internal static class PowerOfTen
{
    public static decimal Of(int exponent)
    {
        decimal power = 1;
        for (int i = 0; i < exponent; i++)
            power *= 10;
        return power;
    }
}
