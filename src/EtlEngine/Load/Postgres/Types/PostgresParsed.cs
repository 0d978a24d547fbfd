using System.Text;
using EtlTools.Engine.Transform;

namespace EtlTools.Engine.Load.Postgres;

/// <summary>A type whose texts are converted in the same way as by -Type.</summary>
/// <param name="Reads">The type.</param>
internal abstract record PostgresParsed(ColumnType Reads) : PostgresType
{
    private const int ShortText = 256;

    protected sealed override string? FromText(PostgresBuffer buffer, ReadOnlySpan<byte> utf8)
    {
        if (TryPutSpecial(buffer, utf8))
            return null;
        Span<char> chars = utf8.Length <= ShortText ? stackalloc char[ShortText] : new char[utf8.Length];
        chars = chars[..Encoding.UTF8.GetChars(utf8, chars)];
        if (chars.IsWhiteSpace())
            return Wrong;
        return ColumnText.TryConvert(chars, Reads, out object? value) ? FromValue(buffer, value!) : ColumnText.WhyUnclear(chars, Reads) ?? Wrong;
    }

    protected sealed override string? FromValue(PostgresBuffer buffer, Utf8Scratch scratch, object value) => FromValue(buffer, value);

    protected abstract string? FromValue(PostgresBuffer buffer, object value);

    /// <summary>Writes a text for a PostgreSQL value that .NET does not have.</summary>
    protected virtual bool TryPutSpecial(PostgresBuffer buffer, ReadOnlySpan<byte> utf8) => false;
}

/// <summary>boolean.</summary>
internal sealed record PostgresBoolean() : PostgresParsed(ColumnType.Bool)
{
    public override string Sql => "boolean";

    public override string Takes => "true and false";

    public override string StagingSql => "bool";

    public override bool HasKnownOrder => true;

    public override ReadOnlySpan<byte> KeyText(ReadOnlySpan<byte> written, Span<byte> room) => written[0] == 0 ? "false"u8 : "true"u8;

    protected override string? FromValue(PostgresBuffer buffer, object value)
    {
        // Databases without the type use 0 and 1.
        if (!ValueConversion.TryConvert(value, ColumnType.Bool, out object? converted) || converted is not bool flag)
            return Wrong;
        buffer.WriteBool(flag);
        return null;
    }
}

/// <summary>uuid.</summary>
internal sealed record PostgresUuid() : PostgresParsed(ColumnType.Guid)
{
    public override string Sql => "uuid";

    public override string Takes => "GUIDs";

    public override bool HasKnownOrder => true;

    public override ReadOnlySpan<byte> KeyText(ReadOnlySpan<byte> written, Span<byte> room)
    {
        new Guid(written, bigEndian: true).TryFormat(room, out int length);
        return room[..length];
    }

    protected override string? FromValue(PostgresBuffer buffer, object value)
    {
        if (value is not Guid id)
            return Wrong;
        buffer.WriteUuid(id);
        return null;
    }
}
