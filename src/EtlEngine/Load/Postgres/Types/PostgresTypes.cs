using System.Text;
using EtlTools.Engine.Records;
using Npgsql;

namespace EtlTools.Engine.Load.Postgres;

/// <summary>Creates the types of PostgreSQL: from the server's description of a column, or for a value in a new column.</summary>
internal static class PostgresTypes
{
    /// <summary>Creates a column from a row of PostgresTableReader's query.</summary>
    public static TargetColumn ReadColumn(NpgsqlDataReader row, LoadOptions options)
    {
        string column = row.GetString(0);
        PostgresType type = ReadType(row, options.MayWiden(column));
        string identity = row.GetString(4);
        return new TargetColumn
        {
            Name = column,
            DeclaredType = row.GetString(1),
            Type = type with { Collation = row.IsDBNull(13) ? null : row.GetString(13), HasLooseCollation = !row.GetBoolean(12) },
            NotNull = row.GetBoolean(2),
            HasDefault = row.GetBoolean(3),
            IsIdentity = identity.Length > 0,
            // GENERATED ALWAYS AS IDENTITY accepts a value only in new rows, and only if the statement overrides it.
            KeepsValue = identity == "a",
            IsGenerated = row.GetBoolean(5),
            IsDomain = row.GetBoolean(15),
        };
    }

    private static PostgresType ReadType(NpgsqlDataReader row, bool mayWiden)
    {
        string name = row.GetString(7);
        string kind = row.GetString(8);
        string category = row.GetString(9);
        int modifier = row.GetInt32(10);
        string fullName = row.GetString(11);
        bool isDomain = row.GetBoolean(15);
        int moneyScale = row.GetInt32(16);
        if (kind == "e")
            return new PostgresEnum(fullName, row.GetFieldValue<string[]>(14).ToHashSet());
        if (category == "A")
            return new PostgresList(fullName, OfBytes: name == "_bytea", Scale: name switch { "_numeric" => DigitsOf(modifier)?.Scale, "_money" => moneyScale, _ => null });
        if (kind == "c")
            return new PostgresComposite(fullName);
        return name switch
        {
            "money" => new PostgresMoney(moneyScale),
            "float4" => new PostgresFloat(IsDouble: false, IsExact: mayWiden && !isDomain),
            _ when Named(name, fullName, modifier) is PostgresText text => text with { Encoding = EncodingOf(row.GetString(17)) },
            _ => Named(name, fullName, modifier),
        };
    }

    /// <summary>The database's encoding; null if it has all characters, or is none that is known here. Then the server refuses what it lacks.</summary>
    private static Encoding? EncodingOf(string name) => name switch
    {
        "LATIN1" => CodePages.Of(28591),
        "LATIN2" => CodePages.Of(28592),
        "LATIN5" => CodePages.Of(28599),
        "LATIN9" => CodePages.Of(28605),
        "WIN1250" => CodePages.Of(1250),
        "WIN1251" => CodePages.Of(1251),
        "WIN1252" => CodePages.Of(1252),
        _ => null,
    };

    /// <summary>The type for a value like this one; a null gives text.</summary>
    public static PostgresType For(Record record, int index) => record.TryGetUnreadUtf8(index, out _) ? new PostgresText() : record[index] switch
    {
        bool => new PostgresBoolean(),
        sbyte or byte or short or ushort or int => new PostgresInteger(sizeof(int)),
        uint or long => new PostgresInteger(sizeof(long)),
        ulong or decimal => new PostgresDecimal(),
        Half or float => new PostgresFloat(IsDouble: false),
        double => new PostgresFloat(IsDouble: true),
        byte[] => new PostgresBytes(),
        DateTime or DateTimeOffset => new PostgresInstant(),
        DateOnly => new PostgresDate(),
        TimeOnly => new PostgresTime(),
        Guid => new PostgresUuid(),
        JsonValue => new PostgresJson("jsonb"),
        string or null or DBNull or not System.Collections.IEnumerable => new PostgresText(),
        _ => new PostgresJson("jsonb"),
    };

    private static PostgresType Named(string name, string fullName, int modifier) => name switch
    {
        "bool" => new PostgresBoolean(),
        "int2" => new PostgresInteger(sizeof(short)),
        "int4" => new PostgresInteger(sizeof(int)),
        "int8" => new PostgresInteger(sizeof(long)),
        "float8" => new PostgresFloat(IsDouble: true),
        "numeric" => new PostgresDecimal(DigitsOf(modifier)),
        "text" or "varchar" => new PostgresText(LengthOf(modifier)),
        "bpchar" => new PostgresText(LengthOf(modifier), IsPadded: true),
        "bytea" => new PostgresBytes(),
        "date" => new PostgresDate(),
        "time" => new PostgresTime(PrecisionOf(modifier)),
        "timestamp" => new PostgresTimestamp(PrecisionOf(modifier)),
        "timestamptz" => new PostgresInstant(PrecisionOf(modifier)),
        "uuid" => new PostgresUuid(),
        "json" or "jsonb" => new PostgresJson(fullName),
        "interval" => new PostgresInterval(),
        "hstore" => new PostgresHstore(fullName),
        "name" => new PostgresCutText(fullName, MaxBytes: 63),
        "char" => new PostgresCutText(fullName, MaxBytes: 1),
        _ => new PostgresOther(fullName),
    };

    /// <summary>The modifier of a text type is its length and four.</summary>
    private static int? LengthOf(int modifier) => modifier > 4 ? modifier - 4 : null;

    /// <summary>The modifier of a time is the decimals of its seconds.</summary>
    private static int PrecisionOf(int modifier) => modifier < 0 ? PostgresClock.FinestPrecision : modifier;

    /// <summary>The modifier of a numeric is its precision and, signed in eleven bits, its scale.</summary>
    private static (int Precision, int Scale)? DigitsOf(int modifier)
    {
        if (modifier < 4)
            return null;
        int scale = (modifier - 4) & 0x7FF;
        return (((modifier - 4) >> 16) & 0xFFFF, (scale ^ 1024) - 1024);
    }
}
