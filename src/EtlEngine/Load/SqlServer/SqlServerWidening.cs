using System.Data.SqlTypes;
using EtlTools.Engine.Records;
using EtlTools.Engine.Transform;

namespace EtlTools.Engine.Load.SqlServer;

/// <summary>Finds the wider type for a value that a column does not take: of those that lose nothing of what the column holds.</summary>
internal static class SqlServerWidening
{
    private const int MostDigits = 38;
    private const int LongestUnicode = 4_000;
    private const int LongestCodePage = 8_000;
    private const int Unlimited = -1;

    /// <summary>The column with the narrowest type that takes the value; null where its own does, or none.</summary>
    public static SqlServerColumn? Of(SqlServerColumn column, Record record, int index)
    {
        object? value = record[index];
        return Takes(column, value) ? null : Candidates(column.Type, value)
            .Select(type => column with { Type = type, DeclaredType = type.Sql }).FirstOrDefault(wider => Takes(wider, value));
    }

    private static bool Takes(SqlServerColumn column, object? value) => SqlServerConverter.Convert(value, column, out _) is null;

    private static IEnumerable<SqlServerType> Candidates(SqlServerType type, object? value) => type.Kind switch
    {
        SqlServerKind.TinyInt => [Plain("smallint"), Plain("int"), Plain("bigint"), .. Decimals(3, 0, value)],
        SqlServerKind.SmallInt => [Plain("int"), Plain("bigint"), .. Decimals(5, 0, value)],
        SqlServerKind.Int => [Plain("bigint"), .. Decimals(10, 0, value)],
        SqlServerKind.BigInt => Decimals(19, 0, value),
        SqlServerKind.Decimal => Decimals(type.Precision - type.Scale, type.Scale, value),
        SqlServerKind.Real => [Plain("float")],
        SqlServerKind.Unicode when type is { MaxLength: > 0 } && type.Sql.StartsWith("nvarchar", StringComparison.Ordinal) => Texts("nvarchar", 2, type, LongestUnicode),
        SqlServerKind.CodePage when type is { MaxLength: > 0 } && type.Sql.StartsWith("varchar", StringComparison.Ordinal) => Texts("varchar", 1, type, LongestCodePage),
        SqlServerKind.Date => [SqlServerType.Of("datetime2", 8, 0, 7)],
        _ => [],
    };

    private static SqlServerType Plain(string name) => SqlServerType.Of(name, 0, 0, 0);

    /// <summary>A decimal with the digits that there are and those of the value.</summary>
    private static IEnumerable<SqlServerType> Decimals(int whole, int scale, object? value)
    {
        if (Read(value) is not { } number)
            yield break;
        whole = Math.Max(whole, number.Precision - number.Scale);
        scale = Math.Max(scale, number.Scale);
        if (whole + scale <= MostDigits)
            yield return SqlServerType.Of("decimal", 17, whole + scale, scale);
    }

    private static SqlDecimal? Read(object? value)
    {
        if (ValueConversion.TryConvert(value, ColumnType.Decimal, out object? converted) && converted is decimal number)
            // Dividing takes the zeros at the end away.
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

    private static IEnumerable<SqlServerType> Texts(string name, int unit, SqlServerType type, int longest) =>
        Widening.Lengths(type.MaxLength, longest).Append(Unlimited).Select(length => SqlServerType.Of(name, length == Unlimited ? Unlimited : length * unit, 0, 0));
}
