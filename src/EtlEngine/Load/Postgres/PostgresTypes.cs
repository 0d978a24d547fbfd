using EtlTools.Engine.Records;
using Npgsql;

namespace EtlTools.Engine.Load.Postgres;

/// <summary>Types as the server describes them, and those that a new table gets.</summary>
internal static class PostgresTypes
{
    /// <summary>Makes a column of a row of PostgresTableReader's query.</summary>
    public static PostgresColumn ReadColumn(NpgsqlDataReader row)
    {
        string baseName = row.GetString(7);
        string baseType = row.GetString(11);
        int modifier = row.GetInt32(10);
        PostgresKind kind = row.GetString(8) == "e" ? PostgresKind.Enum : row.GetString(9) == "A" ? PostgresKind.Array : KindOf(baseName);
        string identity = row.GetString(4);
        return new PostgresColumn
        {
            Name = row.GetString(0),
            DeclaredType = row.GetString(1),
            Kind = kind,
            StageType = StageTypeOf(kind),
            CastTo = kind is PostgresKind.Json or PostgresKind.Enum or PostgresKind.Array or PostgresKind.Other ? baseType : null,
            NotNull = row.GetBoolean(2),
            HasDefault = row.GetBoolean(3),
            IsIdentity = identity.Length > 0,
            IsAlwaysIdentity = identity == "a",
            IsGenerated = row.GetBoolean(5),
            // The modifier of a text type is its length and four.
            MaxLength = kind is PostgresKind.Text or PostgresKind.Char && modifier > 4 ? modifier - 4 : null,
            Digits = kind == PostgresKind.Numeric ? DigitsOf(modifier) : null,
            Labels = row.IsDBNull(14) ? null : row.GetFieldValue<string[]>(14).ToHashSet(),
            Collation = row.IsDBNull(13) ? null : row.GetString(13),
            IsDomain = row.GetBoolean(15),
            IsHashable = row.GetBoolean(12) && IsHashable(kind),
        };
    }

    /// <summary>A column for values such as this one; a null tells nothing and gives text.</summary>
    public static PostgresColumn Define(string name, Record record, int index, bool isKey)
    {
        (PostgresKind kind, string type) = record.TryGetUnreadUtf8(index, out _) ? (PostgresKind.Text, "text") : record[index] switch
        {
            bool => (PostgresKind.Bool, "boolean"),
            sbyte or byte or short or ushort or int => (PostgresKind.Int4, "integer"),
            uint or long => (PostgresKind.Int8, "bigint"),
            ulong or decimal => (PostgresKind.Numeric, "numeric"),
            float => (PostgresKind.Float4, "real"),
            double => (PostgresKind.Float8, "double precision"),
            byte[] => (PostgresKind.Bytes, "bytea"),
            DateTime or DateTimeOffset => (PostgresKind.TimestampTz, "timestamp with time zone"),
            DateOnly => (PostgresKind.Date, "date"),
            TimeOnly => (PostgresKind.Time, "time"),
            Guid => (PostgresKind.Uuid, "uuid"),
            JsonValue => (PostgresKind.Json, "jsonb"),
            string or null or DBNull or not System.Collections.IEnumerable => (PostgresKind.Text, "text"),
            _ => (PostgresKind.Json, "jsonb"),
        };
        return new PostgresColumn
        {
            Name = name,
            DeclaredType = type,
            Kind = kind,
            StageType = StageTypeOf(kind),
            CastTo = kind == PostgresKind.Json ? type : null,
            NotNull = isKey,
            IsHashable = IsHashable(kind),
        };
    }

    private static PostgresKind KindOf(string typeName) => typeName switch
    {
        "bool" => PostgresKind.Bool,
        "int2" => PostgresKind.Int2,
        "int4" => PostgresKind.Int4,
        "int8" => PostgresKind.Int8,
        "float4" => PostgresKind.Float4,
        "float8" => PostgresKind.Float8,
        "numeric" => PostgresKind.Numeric,
        "text" or "varchar" => PostgresKind.Text,
        "bpchar" => PostgresKind.Char,
        "bytea" => PostgresKind.Bytes,
        "date" => PostgresKind.Date,
        "time" => PostgresKind.Time,
        "timestamp" => PostgresKind.Timestamp,
        "timestamptz" => PostgresKind.TimestampTz,
        "uuid" => PostgresKind.Uuid,
        "json" or "jsonb" => PostgresKind.Json,
        _ => PostgresKind.Other,
    };

    public static string StageTypeOf(PostgresKind kind) => kind switch
    {
        PostgresKind.Bool => "bool",
        PostgresKind.Int2 => "int2",
        PostgresKind.Int4 => "int4",
        PostgresKind.Int8 => "int8",
        PostgresKind.Float4 => "float4",
        PostgresKind.Float8 => "float8",
        PostgresKind.Numeric => "numeric",
        PostgresKind.Bytes => "bytea",
        PostgresKind.Date => "date",
        PostgresKind.Time => "time",
        PostgresKind.Timestamp => "timestamp",
        PostgresKind.TimestampTz => "timestamptz",
        PostgresKind.Uuid => "uuid",
        _ => "text",
    };

    /// <summary>The modifier of a numeric is its precision and, signed in eleven bits, its scale.</summary>
    private static (int, int)? DigitsOf(int modifier)
    {
        if (modifier < 4)
            return null;
        int scale = (modifier - 4) & 0x7FF;
        return (((modifier - 4) >> 16) & 0xFFFF, (scale ^ 1024) - 1024);
    }

    private static bool IsHashable(PostgresKind kind) =>
        kind is not (PostgresKind.Json or PostgresKind.Array or PostgresKind.Other);
}
