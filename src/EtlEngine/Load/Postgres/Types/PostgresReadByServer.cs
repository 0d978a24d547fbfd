using System.Buffers;
using System.Text;
using System.Text.Json;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Load.Postgres;

/// <summary>A type that is staged as text and read by the server when it goes to the target.</summary>
/// <param name="Name">The type as statements write it.</param>
internal abstract record PostgresReadByServer(string Name) : PostgresType
{
    public override string Sql => Name;

    public override string StagingSql => "text";

    public override bool IsReadByServer => true;

    public override string FromStage(string staged) => $"{staged}::{Name}";
}

/// <summary>json and jsonb.</summary>
internal sealed record PostgresJson(string Name) : PostgresReadByServer(Name)
{
    private const int MaxDepth = 512;

    public override string Takes => "JSON";

    public override bool IsHashable => false;

    /// <summary>json has no equality of its own.</summary>
    public override string Comparable(string value) => $"{value}::text";

    protected override string? FromText(PostgresBuffer buffer, ReadOnlySpan<byte> utf8)
    {
        try
        {
            var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = MaxDepth });
            while (reader.Read())
            {
            }
        }
        catch (JsonException)
        {
            // The exception quotes the text.
            return Wrong;
        }
        return PutText(buffer, utf8);
    }

    protected override string? FromValue(PostgresBuffer buffer, Utf8Scratch scratch, object value)
    {
        var text = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(text, JsonText.WriterOptions))
            JsonText.Write(json, value);
        return FromText(buffer, text.WrittenSpan);
    }
}

/// <summary>An enum: one of a list of labels.</summary>
internal sealed record PostgresEnum(string Name, IReadOnlySet<string> Labels) : PostgresReadByServer(Name)
{
    public override string Takes => "its labels";

    protected override string? FromText(PostgresBuffer buffer, ReadOnlySpan<byte> utf8) =>
        Labels.Contains(Encoding.UTF8.GetString(utf8)) ? PutText(buffer, utf8) : Wrong;

    protected override string? FromValue(PostgresBuffer buffer, Utf8Scratch scratch, object value) => Wrong;
}

/// <summary>An array.</summary>
internal sealed record PostgresList(string Name) : PostgresReadByServer(Name)
{
    public override string Takes => "arrays";

    public override bool IsHashable => false;

    protected override string? FromText(PostgresBuffer buffer, ReadOnlySpan<byte> utf8) => PutText(buffer, utf8);

    protected override string? FromValue(PostgresBuffer buffer, Utf8Scratch scratch, object value) =>
        value is not byte[] && PostgresArray.TryFormat(value, out string? literal) ? FromChars(buffer, scratch, literal) : Wrong;
}

/// <summary>Any other type.</summary>
internal sealed record PostgresOther(string Name) : PostgresReadByServer(Name)
{
    public override string Takes => "text";

    public override bool IsHashable => false;

    /// <summary>The type may have no equality of its own.</summary>
    public override string Comparable(string value) => $"{value}::text";

    protected override string? FromText(PostgresBuffer buffer, ReadOnlySpan<byte> utf8) => PutText(buffer, utf8);

    protected override string? FromValue(PostgresBuffer buffer, Utf8Scratch scratch, object value) =>
        ValueText.Of(value) is { } text ? FromChars(buffer, scratch, text) : Wrong;
}
