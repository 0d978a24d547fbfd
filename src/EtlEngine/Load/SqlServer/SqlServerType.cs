using System.Globalization;

namespace EtlTools.Engine.Load.SqlServer;

/// <summary>The kinds of values that columns take.</summary>
internal enum SqlServerKind
{
    Bit,
    TinyInt,
    SmallInt,
    Int,
    BigInt,
    Decimal,
    Money,
    SmallMoney,
    Real,
    Float,
    Date,
    Time,
    SmallDateTime,
    DateTime,
    DateTime2,
    DateTimeOffset,
    Guid,

    /// <summary>Text in UTF-16: nchar, nvarchar, ntext, json.</summary>
    Unicode,

    /// <summary>Text in the collation's code page: char, varchar, text.</summary>
    CodePage,
    Binary,
    Xml,

    /// <summary>A type that the loader cannot fill: sql_variant, geometry, hierarchyid, vector and the like.</summary>
    Other,
}

/// <summary>A type as the server describes it, user-defined ones by what they stand for.</summary>
/// <param name="Kind">What values it takes.</param>
/// <param name="Sql">How T-SQL writes it.</param>
/// <param name="MaxLength">The most UTF-16 units or bytes of a value, -1 for no limit; 0 where the kind has no length.</param>
/// <param name="Precision">The digits of a decimal.</param>
/// <param name="Scale">The digits behind the point, of a decimal or of a second.</param>
internal sealed record SqlServerType(SqlServerKind Kind, string Sql, int MaxLength = 0, int Precision = 0, int Scale = 0)
{
    private const int Unlimited = -1;

    /// <summary>The type of the column in the staging table. Types that check a text are kept as text there, so that what
    /// they refuse is one row and not the whole transfer; those that a temporary table cannot hold are kept as their like.</summary>
    public string StagingSql => Kind switch
    {
        SqlServerKind.Xml => "nvarchar(max)",
        _ => Sql switch
        {
            "ntext" or "json" => "nvarchar(max)",
            "text" => "varchar(max)",
            "image" => "varbinary(max)",
            _ => Sql,
        },
    };

    /// <summary>The server may refuse a text for what it says.</summary>
    public bool ChecksText => Kind == SqlServerKind.Xml || Sql == "json";

    /// <summary>Reads a type from sys.columns.</summary>
    /// <param name="name">The name of the system type.</param>
    /// <param name="maxLength">Bytes, -1 for (max).</param>
    /// <param name="precision">Digits.</param>
    /// <param name="scale">Digits behind the point.</param>
    public static SqlServerType Of(string name, int maxLength, int precision, int scale)
    {
        SqlServerType Plain(SqlServerKind kind) => new(kind, name);
        SqlServerType Scaled(SqlServerKind kind) => new(kind, string.Create(CultureInfo.InvariantCulture, $"{name}({scale})"), Scale: scale);
        SqlServerType Sized(SqlServerKind kind, int unit)
        {
            string size = maxLength == Unlimited ? "max" : (maxLength / unit).ToString(CultureInfo.InvariantCulture);
            return new SqlServerType(kind, $"{name}({size})", maxLength == Unlimited ? Unlimited : maxLength / unit);
        }
        return name switch
        {
            "bit" => Plain(SqlServerKind.Bit),
            "tinyint" => Plain(SqlServerKind.TinyInt),
            "smallint" => Plain(SqlServerKind.SmallInt),
            "int" => Plain(SqlServerKind.Int),
            "bigint" => Plain(SqlServerKind.BigInt),
            "decimal" or "numeric" => new SqlServerType(
                SqlServerKind.Decimal, string.Create(CultureInfo.InvariantCulture, $"{name}({precision},{scale})"), Precision: precision, Scale: scale),
            "money" => Plain(SqlServerKind.Money),
            "smallmoney" => Plain(SqlServerKind.SmallMoney),
            "real" => Plain(SqlServerKind.Real),
            "float" => Plain(SqlServerKind.Float),
            "date" => Plain(SqlServerKind.Date),
            "time" => Scaled(SqlServerKind.Time),
            "smalldatetime" => Plain(SqlServerKind.SmallDateTime),
            "datetime" => Plain(SqlServerKind.DateTime),
            "datetime2" => Scaled(SqlServerKind.DateTime2),
            "datetimeoffset" => Scaled(SqlServerKind.DateTimeOffset),
            "uniqueidentifier" => Plain(SqlServerKind.Guid),
            "nchar" or "nvarchar" => Sized(SqlServerKind.Unicode, 2),
            "char" or "varchar" => Sized(SqlServerKind.CodePage, 1),
            "binary" or "varbinary" => Sized(SqlServerKind.Binary, 1),
            "ntext" or "json" => new SqlServerType(SqlServerKind.Unicode, name, Unlimited),
            "text" => new SqlServerType(SqlServerKind.CodePage, name, Unlimited),
            "image" => new SqlServerType(SqlServerKind.Binary, name, Unlimited),
            "xml" => new SqlServerType(SqlServerKind.Xml, name, Unlimited),
            _ => Plain(SqlServerKind.Other),
        };
    }
}
