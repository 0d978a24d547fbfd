using System.Globalization;
using System.Text;
using System.Text.Json;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Load.Postgres;

/// <summary>A type that is staged as text, and converted by the server when it is written to the target.</summary>
/// <param name="Name">The type as statements write it.</param>
internal abstract record PostgresReadByServer(string Name) : PostgresType
{
    public override string Sql => Name;

    public override string StagingSql => "text";

    public override bool IsReadByServer => true;

    public override string FromStage(string staged) => $"{staged}::{Name}";

    /// <summary>Why the server could not read a text as a value of the type, as a clause.</summary>
    public static string Refusal(TargetType type) =>
        type.Takes == "text" ? "does not accept the text, which PostgreSQL cannot read as a value of that type" : $"accepts only {type.Takes}";
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
        var json = JsonValue.ForColumn(value);
        return json.WhyIncomplete ?? FromText(buffer, json.Utf8.Span);
    }
}

/// <summary>An enum: one of a list of labels.</summary>
internal sealed record PostgresEnum(string Name, IReadOnlySet<string> Labels) : PostgresReadByServer(Name)
{
    public override string Takes => "its labels";

    protected override string? FromText(PostgresBuffer buffer, ReadOnlySpan<byte> utf8) =>
        Labels.Contains(Encoding.UTF8.GetString(utf8)) ? PutText(buffer, utf8) : Wrong;

    protected override string? FromValue(PostgresBuffer buffer, Utf8Scratch scratch, object value) =>
        value is Enum ? FromChars(buffer, scratch, value.ToString()) : Wrong;
}

/// <summary>interval.</summary>
internal sealed record PostgresInterval() : PostgresReadByServer("interval")
{
    public override string Takes => "lengths of time";

    public override bool IsHashable => false;

    /// <summary>PostgreSQL would read the days before the point of .NET's format as a fraction: 1.12:00:00 as 26.88 hours.</summary>
    protected override string? FromText(PostgresBuffer buffer, ReadOnlySpan<byte> utf8) =>
        utf8.IndexOf((byte)'.') is >= 0 and var point && point < utf8.IndexOf((byte)':') && TimeSpan.TryParseExact(Encoding.UTF8.GetString(utf8), "c", CultureInfo.InvariantCulture, out TimeSpan span)
            ? Put(buffer, span) : PutText(buffer, utf8);

    protected override string? FromValue(PostgresBuffer buffer, Utf8Scratch scratch, object value) =>
        value is TimeSpan span ? Put(buffer, span) : value is TimeOnly && StoredText.Of(value) is { } text ? FromChars(buffer, scratch, text) : Wrong;

    /// <summary>Hours, minutes and seconds: a day of .NET is 24 hours.</summary>
    private static string? Put(PostgresBuffer buffer, TimeSpan span)
    {
        Int128 ticks = Int128.Abs(span.Ticks);
        string text = string.Create(
            CultureInfo.InvariantCulture,
            $"{(span < TimeSpan.Zero ? "-" : "")}{ticks / TimeSpan.TicksPerHour:00}:{ticks / TimeSpan.TicksPerMinute % 60:00}:{ticks / TimeSpan.TicksPerSecond % 60:00}.{ticks % TimeSpan.TicksPerSecond:0000000}");
        return PutText(buffer, Encoding.UTF8.GetBytes(text));
    }
}

/// <summary>name and "char", which the server would silently truncate.</summary>
/// <param name="Name">The type as statements write it.</param>
/// <param name="MaxBytes">The largest number of bytes.</param>
internal sealed record PostgresCutText(string Name, int MaxBytes) : PostgresReadByServer(Name)
{
    public override string Takes => "text";

    public override bool IsHashable => false;

    public override string Comparable(string value) => $"{value}::text";

    protected override string? FromText(PostgresBuffer buffer, ReadOnlySpan<byte> utf8) => utf8.Length <= MaxBytes ? PutText(buffer, utf8)
        : FormattableString.Invariant($"holds at most {MaxBytes} byte{(MaxBytes == 1 ? "" : "s")}");

    protected override string? FromValue(PostgresBuffer buffer, Utf8Scratch scratch, object value) =>
        StoredText.Of(value) is { } text ? FromChars(buffer, scratch, text) : Wrong;
}

/// <summary>A composite type, in the server's own notation.</summary>
/// <param name="Name">The type as statements write it.</param>
internal sealed record PostgresComposite(string Name) : PostgresReadByServer(Name)
{
    public override string Takes => "text of the form (a,b), with the values of its attributes in their order";

    public override bool IsHashable => false;

    /// <summary>An attribute may have no equality of its own.</summary>
    public override string Comparable(string value) => $"{value}::text";

    protected override string? FromText(PostgresBuffer buffer, ReadOnlySpan<byte> utf8) => PutText(buffer, utf8);

    protected override string? FromValue(PostgresBuffer buffer, Utf8Scratch scratch, object value) => Wrong;
}

/// <summary>Any other type.</summary>
internal sealed record PostgresOther(string Name) : PostgresReadByServer(Name)
{
    public override string Takes => "text";

    public override bool IsHashable => false;

    /// <summary>Whether the driver reads a single bit of it as true or false.</summary>
    private bool IsOfBits => Name is "\"bit\"" or "bit varying";

    /// <summary>Whether it has no negative numbers; the server reads -1 as the largest one.</summary>
    private bool IsUnsigned => Name is "oid" or "xid" or "cid" or "xid8";

    /// <summary>The type may have no equality of its own.</summary>
    public override string Comparable(string value) => $"{value}::text";

    protected override string? FromText(PostgresBuffer buffer, ReadOnlySpan<byte> utf8) =>
        IsUnsigned && utf8.Contains((byte)'-') ? "accepts only numbers that are not negative" : PutText(buffer, utf8);

    protected override string? FromValue(PostgresBuffer buffer, Utf8Scratch scratch, object value) =>
        IsOfBits && value is bool bit ? FromChars(buffer, scratch, bit ? "1" : "0")
        : StoredText.Of(value) is { } text ? FromChars(buffer, scratch, text)
        : Wrong;
}
