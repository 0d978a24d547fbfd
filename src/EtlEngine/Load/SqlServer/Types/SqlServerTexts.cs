using System.Text;
using System.Xml;
using System.Xml.Linq;
using EtlTools.Engine.Records;
using EtlTools.Engine.Transform;

namespace EtlTools.Engine.Load.SqlServer;

/// <summary>A type whose values are texts: a name, and a length or none.</summary>
/// <param name="Name">The type as T-SQL writes it.</param>
/// <param name="MaxLength">The largest number of UTF-16 units or bytes, -1 for no limit.</param>
internal abstract record SqlServerText(string Name, int MaxLength) : SqlServerType(Name)
{
    protected const string TooLong = "is too short for the text";

    public override string Takes => "text and single values";

    /// <summary>The server compares texts by the language of the collation, which is unknown here.</summary>
    public override bool IsHashable => Collation?.EndsWith("_BIN2", StringComparison.OrdinalIgnoreCase) == true;

    /// <summary>Trailing spaces do not count in comparisons.</summary>
    public override int Hash(object? value) => value is string text ? string.GetHashCode(text.AsSpan().TrimEnd(' '), StringComparison.Ordinal) : 0;

    /// <summary>The lengths to try for a longer text.</summary>
    protected IEnumerable<int> Longer(string name, int longest) => MaxLength > 0 && Name.StartsWith(name, StringComparison.Ordinal)
        ? Widening.Lengths(MaxLength, longest).Append(Unlimited)
        : [];
}

/// <summary>Text in UTF-16: nchar, nvarchar, ntext, json.</summary>
internal sealed record SqlServerUnicodeText(string Name, int MaxLength) : SqlServerText(Name, MaxLength)
{
    private const int Longest = 4_000;

    /// <summary>json is staged as text, so that invalid JSON fails one row and not the whole transfer.</summary>
    public override string StagingSql => Name is "ntext" or "json" ? "nvarchar(max)" : Name;

    public override bool IsReadByServer => Name == "json";

    public static SqlServerUnicodeText Of(string name, int length) => new(Sized(name, length), length);

    public override string Comparable(string value) => BytesOf($"CAST({value} AS nvarchar(max))");

    public override IEnumerable<TargetType> Wider(Record record, int index) =>
        Longer("nvarchar", Longest).Select(length => this with { Name = Sized("nvarchar", length), MaxLength = length });

    protected override string? ConvertValue(object source, out object? value) =>
        To(source, ColumnType.String, out value) ?? (MaxLength < 0 || ((string)value!).Length <= MaxLength ? null : TooLong);
}

/// <summary>Text in the collation's code page: char, varchar, text.</summary>
internal sealed record SqlServerCodePageText(string Name, int MaxLength) : SqlServerText(Name, MaxLength)
{
    private const int Longest = 8_000;

    /// <summary>The encoding of texts.</summary>
    public Encoding? Encoding { get; init; }

    public override string StagingSql => Name == "text" ? "varchar(max)" : Name;

    public static SqlServerCodePageText Of(string name, int length) => new(Sized(name, length), length);

    public override string Comparable(string value) => BytesOf($"CAST({value} AS varchar(max))");

    public override IEnumerable<TargetType> Wider(Record record, int index) =>
        Longer("varchar", Longest).Select(length => this with { Name = Sized("varchar", length), MaxLength = length });

    protected override string? ConvertValue(object source, out object? value)
    {
        if (To(source, ColumnType.String, out value) is { } problem)
            return problem;
        string text = (string)value!;
        int? length = Ascii.IsValid(text) || Encoding is not { } encoding ? text.Length : CodePages.CountBytes(encoding, text);
        return length is null ? "has a collation that lacks a character of the text; declare the column nvarchar"
            : MaxLength < 0 || length <= MaxLength ? null : TooLong;
    }
}

/// <summary>binary, varbinary and image.</summary>
internal sealed record SqlServerBinary(string Name, int MaxLength) : SqlServerType(Name)
{
    private static readonly System.Buffers.SearchValues<char> HexDigits = System.Buffers.SearchValues.Create("0123456789abcdefABCDEF");

    public override string Takes => "bytes";

    /// <summary>Trailing zeros do not count in comparisons.</summary>
    public override bool IsHashable => false;

    public override string StagingSql => Name == "image" ? "varbinary(max)" : Name;

    public static SqlServerBinary Of(string name, int length) => new(Sized(name, length), length);

    protected override string Wrong => "accepts only bytes, or text such as 0x00FF";

    public override string Comparable(string value) => BytesOf(value);

    protected override string? ConvertValue(object source, out object? value)
    {
        value = source as byte[];
        if (source is string text && text.StartsWith("0x", StringComparison.OrdinalIgnoreCase) && text.Length % 2 == 0
            && !text.AsSpan(2).ContainsAnyExcept(HexDigits))
        {
            value = System.Convert.FromHexString(text.AsSpan(2));
        }
        return value is not byte[] bytes ? Wrong : MaxLength < 0 || bytes.Length <= MaxLength ? null : "is too short for the bytes";
    }
}

/// <summary>xml is staged as text, so that invalid XML fails one row and not the whole transfer.</summary>
internal sealed record SqlServerXml() : SqlServerType("xml")
{
    public override string Takes => "well-formed XML";

    public override bool IsHashable => false;

    public override string StagingSql => "nvarchar(max)";

    public override bool IsReadByServer => true;

    public override string Comparable(string value) => BytesOf($"CAST({value} AS nvarchar(max))");

    protected override string? ConvertValue(object source, out object? value)
    {
        string? text = source switch
        {
            string s => s,
            XmlNode node => node.OuterXml,
            XNode node => node.ToString(SaveOptions.DisableFormatting),
            _ => null,
        };
        value = null;
        if (text is null)
            return Wrong;
        try
        {
            using var reader = XmlReader.Create(new StringReader(text), new XmlReaderSettings { ConformanceLevel = ConformanceLevel.Fragment, DtdProcessing = DtdProcessing.Prohibit });
            while (reader.Read())
            {
            }
        }
        catch (XmlException)
        {
            return Wrong;
        }
        // The text is sent as UTF-16; the declaration of another encoding would be refused, and the server does not store it.
        int end = text.StartsWith("<?xml ", StringComparison.Ordinal) ? text.IndexOf("?>", StringComparison.Ordinal) + 2 : 0;
        value = text[end..];
        return null;
    }
}
