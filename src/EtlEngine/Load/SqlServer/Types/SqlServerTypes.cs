using System.Globalization;
using System.Text;
using EtlTools.Engine.Records;
using EtlTools.Engine.Transform;

namespace EtlTools.Engine.Load.SqlServer;

/// <summary>Where types of SQL Server come from: what the server says of a column, user-defined types by what they stand for, or a
/// value that a new column is made for.</summary>
internal static class SqlServerTypes
{
    /// <summary>Bytes that the key of a clustered index holds at most.</summary>
    private const int KeyBytes = 900;

    private const int Unlimited = -1;

    private static readonly int[] TextLengths = [50, 100, 250, 500, 1000, 2000, 4000];

    /// <summary>Reads a type from sys.columns.</summary>
    /// <param name="name">The name of the system type.</param>
    /// <param name="maxLength">Bytes, -1 for (max).</param>
    /// <param name="precision">Digits.</param>
    /// <param name="scale">Digits behind the point.</param>
    public static SqlServerType Of(string name, int maxLength, int precision, int scale) => name switch
    {
        "bit" => new SqlServerPlain(name, ColumnType.Bool, "true and false"),
        "tinyint" => new SqlServerInteger(sizeof(byte)),
        "smallint" => new SqlServerInteger(sizeof(short)),
        "int" => new SqlServerInteger(sizeof(int)),
        "bigint" => new SqlServerInteger(sizeof(long)),
        "decimal" or "numeric" => SqlServerDecimal.Of(precision, scale, name),
        "money" => new SqlServerMoney(IsSmall: false),
        "smallmoney" => new SqlServerMoney(IsSmall: true),
        "real" => new SqlServerFloat(IsReal: true),
        "float" => new SqlServerFloat(IsReal: false),
        "date" => new SqlServerDate(),
        "time" => new SqlServerTime(scale),
        "smalldatetime" => new SqlServerDateTime(IsSmall: true),
        "datetime" => new SqlServerDateTime(IsSmall: false),
        "datetime2" => new SqlServerDateTime2(scale),
        "datetimeoffset" => new SqlServerDateTimeOffset(scale),
        "uniqueidentifier" => new SqlServerPlain(name, ColumnType.Guid, "GUIDs"),
        "nchar" or "nvarchar" => SqlServerUnicodeText.Of(name, maxLength == Unlimited ? Unlimited : maxLength / sizeof(char)),
        "char" or "varchar" => SqlServerCodePageText.Of(name, maxLength),
        "binary" or "varbinary" => SqlServerBinary.Of(name, maxLength),
        "ntext" or "json" => new SqlServerUnicodeText(name, Unlimited),
        "text" => new SqlServerCodePageText(name, Unlimited),
        "image" => new SqlServerBinary(name, Unlimited),
        "xml" => new SqlServerXml(),
        _ => new SqlServerUnknown(name),
    };

    /// <summary>The type for values such as this one, wide enough for later ones of the kind: the first tells no more.</summary>
    /// <param name="record">The record.</param>
    /// <param name="index">The value's place in it.</param>
    /// <param name="isSized">Whether texts get a length, since a longer one will widen the column. A text without one is dear: the server
    /// keeps memory for it in each sort, and takes it into no index.</param>
    public static SqlServerType For(Record record, int index, bool isSized) => For(record, index, isSized ? LengthFor(record, index) : Unlimited, Unlimited);

    /// <summary>The same for a column of a key of so many columns, which an index must take.</summary>
    public static SqlServerType ForKey(Record record, int index, int keyColumns) =>
        For(record, index, KeyBytes / sizeof(char) / keyColumns, KeyBytes / keyColumns);

    /// <summary>A length for texts such as this one and somewhat longer ones.</summary>
    private static int LengthFor(Record record, int index)
    {
        const int room = 2;
        int length = record.TryGetUnreadUtf8(index, out ReadOnlySpan<byte> utf8) ? Encoding.UTF8.GetCharCount(utf8) : (record[index] as string)?.Length ?? int.MaxValue;
        return TextLengths.Where(step => step / room >= length).Append(Unlimited).First();
    }

    /// <summary>All digits that there are, as many of them behind the point as the value needs, and at least ten where it leaves them.</summary>
    private static SqlServerDecimal DecimalFor(object value)
    {
        const int digits = 38, decimals = 10;
        string text = Convert.ToString(value, CultureInfo.InvariantCulture)!.TrimStart('-');
        int point = text.IndexOf('.', StringComparison.Ordinal);
        int whole = point < 0 ? text.Length : point;
        int behind = point < 0 ? 0 : text.Length - point - 1;
        return SqlServerDecimal.Of(digits, Math.Clamp(Math.Max(decimals, behind), 0, Math.Max(digits - whole, 0)));
    }

    private static SqlServerType For(Record record, int index, int textLength, int byteLength)
    {
        return (record.TryGetUnreadUtf8(index, out _) ? "" : record[index]) switch
        {
            bool => Of("bit", 0, 0, 0),
            sbyte or byte or short or ushort or int or uint or long => new SqlServerInteger(sizeof(long)),
            decimal or ulong or Int128 or UInt128 or System.Numerics.BigInteger => DecimalFor(record[index]!),
            float or double or Half => new SqlServerFloat(IsReal: false),
            DateTime => new SqlServerDateTime2(SqlServerClock.FinestScale),
            DateTimeOffset => new SqlServerDateTimeOffset(SqlServerClock.FinestScale),
            DateOnly => new SqlServerDate(),
            TimeOnly => new SqlServerTime(SqlServerClock.FinestScale),
            Guid => Of("uniqueidentifier", 0, 0, 0),
            byte[] => SqlServerBinary.Of("varbinary", byteLength),
            _ => SqlServerUnicodeText.Of("nvarchar", textLength),
        };
    }
}
