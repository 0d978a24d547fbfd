using System.Globalization;

namespace EtlTools.Tests.Tds;

/// <summary>A TYPE_INFO ([MS-TDS] 2.2.5.6) of the types that a loader meets, in their nullable forms.</summary>
internal readonly record struct TdsType(byte Code, int Length = 0, byte Precision = 0, byte Scale = 0, bool IsUtf8 = false)
{
    public const byte Guid = 0x24;
    public const byte Int = 0x26;
    public const byte Date = 0x28;
    public const byte Time = 0x29;
    public const byte DateTime2 = 0x2A;
    public const byte DateTimeOffset = 0x2B;
    public const byte Bit = 0x68;
    public const byte Decimal = 0x6A;
    public const byte Numeric = 0x6C;
    public const byte Float = 0x6D;
    public const byte Money = 0x6E;
    public const byte DateTime = 0x6F;
    public const byte VarBinary = 0xA5;
    public const byte VarChar = 0xA7;
    public const byte Binary = 0xAD;
    public const byte Char = 0xAF;
    public const byte NVarChar = 0xE7;
    public const byte NChar = 0xEF;

    /// <summary>The length of a (max) type.</summary>
    public const int Max = 0xFFFF;

    /// <summary>SQL_Latin1_General_CP1_CI_AS.</summary>
    private static readonly byte[] Latin1Collation = [0x09, 0x04, 0xD0, 0x00, 0x34];

    /// <summary>Latin1_General_100_CI_AS_SC_UTF8: the flag for UTF-8 is bit 26.</summary>
    private static readonly byte[] Utf8Collation = [0x09, 0x04, 0xD0, 0x24, 0x00];

    public static ReadOnlySpan<byte> DefaultCollation => Latin1Collation;

    public bool IsMax => Length == Max && HasWordLength;

    public bool HasCollation => Code is VarChar or Char or NVarChar or NChar;

    public bool HasWordLength => HasCollation || Code is VarBinary or Binary;

    /// <summary>Reads a type as T-SQL writes it, such as <c>decimal(18, 4)</c> or <c>nvarchar(max)</c>.</summary>
    public static TdsType Parse(string sql)
    {
        int open = sql.IndexOf('(', StringComparison.Ordinal);
        string name = (open < 0 ? sql : sql[..open]).Trim().ToLowerInvariant();
        string[] arguments = open < 0 ? [] : sql[(open + 1)..sql.IndexOf(')', StringComparison.Ordinal)].Split(',', StringSplitOptions.TrimEntries);
        bool isUtf8 = sql.Contains("_UTF8", StringComparison.OrdinalIgnoreCase);
        int First(int fallback) =>
            arguments.Length == 0 ? fallback : arguments[0] == "max" ? Max : int.Parse(arguments[0], CultureInfo.InvariantCulture);
        int Chars() => First(1) is Max ? Max : First(1) * 2;
        return name switch
        {
            "bit" => new TdsType(Bit, 1),
            "tinyint" => new TdsType(Int, 1),
            "smallint" => new TdsType(Int, 2),
            "int" => new TdsType(Int, 4),
            "bigint" => new TdsType(Int, 8),
            "real" => new TdsType(Float, 4),
            "float" => new TdsType(Float, 8),
            "smallmoney" => new TdsType(Money, 4),
            "money" => new TdsType(Money, 8),
            "smalldatetime" => new TdsType(DateTime, 4),
            "datetime" => new TdsType(DateTime, 8),
            "date" => new TdsType(Date),
            "time" => new TdsType(Time, Scale: (byte)First(7)),
            "datetime2" => new TdsType(DateTime2, Scale: (byte)First(7)),
            "datetimeoffset" => new TdsType(DateTimeOffset, Scale: (byte)First(7)),
            "uniqueidentifier" => new TdsType(Guid, 16),
            "decimal" => new TdsType(Decimal, 17, (byte)First(18), arguments.Length > 1 ? byte.Parse(arguments[1], CultureInfo.InvariantCulture) : (byte)0),
            "numeric" => new TdsType(Numeric, 17, (byte)First(18), arguments.Length > 1 ? byte.Parse(arguments[1], CultureInfo.InvariantCulture) : (byte)0),
            "varchar" => new TdsType(VarChar, First(1), IsUtf8: isUtf8),
            "char" => new TdsType(Char, First(1), IsUtf8: isUtf8),
            "nvarchar" => new TdsType(NVarChar, Chars()),
            "nchar" => new TdsType(NChar, Chars()),
            "varbinary" => new TdsType(VarBinary, First(1)),
            "binary" => new TdsType(Binary, First(1)),
            "sysname" => new TdsType(NVarChar, 256),
            _ => throw new NotSupportedException($"The double knows no type '{sql}'."),
        };
    }

    public static TdsType Read(TdsReader reader)
    {
        byte code = reader.Byte();
        switch (code)
        {
            case Date:
                return new TdsType(code);
            case Time or DateTime2 or DateTimeOffset:
                return new TdsType(code, Scale: reader.Byte());
            case Decimal or Numeric:
                return new TdsType(code, reader.Byte(), reader.Byte(), reader.Byte());
            case Guid or Int or Bit or Float or Money or DateTime:
                return new TdsType(code, reader.Byte());
            default:
                var type = new TdsType(code);
                if (!type.HasWordLength)
                    throw new NotSupportedException($"The double knows no type 0x{code:X2}.");
                type = type with { Length = reader.UInt16() };
                return type.HasCollation ? type with { IsUtf8 = (reader.Bytes(5)[3] & 0x04) != 0 } : type;
        }
    }

    public void Write(TdsWriter writer)
    {
        writer.Byte(Code);
        if (HasWordLength)
            writer.UInt16(Length);
        else if (Code is Time or DateTime2 or DateTimeOffset)
            writer.Byte(Scale);
        else if (Code != Date)
            writer.Byte(Length);
        if (Code is Decimal or Numeric)
            writer.Byte(Precision).Byte(Scale);
        if (HasCollation)
            writer.Bytes(IsUtf8 ? Utf8Collation : Latin1Collation);
    }
}
