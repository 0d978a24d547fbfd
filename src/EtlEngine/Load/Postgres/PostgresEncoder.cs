using System.Globalization;
using System.Text;
using System.Text.Json;
using EtlTools.Engine.Records;
using EtlTools.Engine.Transform;

namespace EtlTools.Engine.Load.Postgres;

/// <summary>Writes a record's values in the binary form of their columns, without loss, or says why that cannot be.</summary>
internal sealed class PostgresEncoder
{
    private static readonly DateTime Epoch = new(2000, 1, 1);

    private const string NoNul = "takes no NUL character";
    private const string NotUnicode = "takes valid Unicode only, and the text has half a surrogate pair";

    private readonly Utf8Scratch _scratch = new();

    /// <summary>Writes one value.</summary>
    /// <returns>Null, or what the column does that stands against it, as a clause.</returns>
    public string? Write(PostgresBuffer buffer, PostgresColumn column, Record record, int index, out bool isNull)
    {
        isNull = false;
        if (record.TryGetUnreadUtf8(index, out ReadOnlySpan<byte> utf8))
            return FromText(buffer, column, utf8);
        object? value = record[index];
        switch (value)
        {
            case null or DBNull:
                isNull = true;
                buffer.WriteNull();
                return null;
            case string text:
                return FromChars(buffer, column, text);
            case char c:
                return FromChars(buffer, column, c.ToString());
            default:
                return FromObject(buffer, column, value);
        }
    }

    private static string Wrong(PostgresColumn column) => $"takes {column.Takes} only";

    private string? FromChars(PostgresBuffer buffer, PostgresColumn column, ReadOnlySpan<char> text) =>
        _scratch.TryEncode(text, out ReadOnlySpan<byte> utf8) ? FromText(buffer, column, utf8) : NotUnicode;

    private string? FromText(PostgresBuffer buffer, PostgresColumn column, ReadOnlySpan<byte> utf8)
    {
        switch (column.Kind)
        {
            case PostgresKind.Text or PostgresKind.Char:
                return PutText(buffer, column, utf8);
            case PostgresKind.Int2 or PostgresKind.Int4 or PostgresKind.Int8:
                return NumberText.TryReadInteger(utf8, out long integer) ? PutInteger(buffer, column, integer) : Wrong(column);
            case PostgresKind.Float4 or PostgresKind.Float8:
                return NumberText.TryReadReal(utf8, out double real) ? PutReal(buffer, column, real) : Wrong(column);
            case PostgresKind.Numeric:
                return PostgresNumeric.Write(buffer, utf8, column.Digits, rounds: false);
            case PostgresKind.Json:
                return PutJson(buffer, column, utf8);
            case PostgresKind.Enum when !column.Labels!.Contains(Encoding.UTF8.GetString(utf8)):
                return Wrong(column);
            case PostgresKind.Enum or PostgresKind.Array or PostgresKind.Other:
                return PutText(buffer, column, utf8);
            case PostgresKind.Bytes:
                return Wrong(column);
            default:
                Span<char> chars = utf8.Length <= 256 ? stackalloc char[256] : new char[utf8.Length];
                chars = chars[..Encoding.UTF8.GetChars(utf8, chars)];
                return !chars.IsWhiteSpace() && ValueConversion.TryConvert(chars, TypeOf(column.Kind), out object? value)
                    ? FromObject(buffer, column, value!)
                    : Wrong(column);
        }
    }

    private static ColumnType TypeOf(PostgresKind kind) => kind switch
    {
        PostgresKind.Bool => ColumnType.Bool,
        PostgresKind.Date => ColumnType.Date,
        PostgresKind.Time => ColumnType.Time,
        PostgresKind.Timestamp => ColumnType.DateTime,
        PostgresKind.TimestampTz => ColumnType.DateTimeOffset,
        _ => ColumnType.Guid,
    };

    private string? FromObject(PostgresBuffer buffer, PostgresColumn column, object value)
    {
        switch (column.Kind)
        {
            case PostgresKind.Bool when value is bool flag:
                buffer.WriteBool(flag);
                return null;
            case PostgresKind.Bytes when value is byte[] bytes:
                buffer.WriteBytes(bytes);
                return null;
            case PostgresKind.Uuid when value is Guid id:
                buffer.WriteUuid(id);
                return null;
            case PostgresKind.Date or PostgresKind.Time or PostgresKind.Timestamp or PostgresKind.TimestampTz:
                return PutTime(buffer, column, value);
            case PostgresKind.Int2 or PostgresKind.Int4 or PostgresKind.Int8:
                return value is bool or Guid or DateTime ? Wrong(column)
                    : ValueConversion.TryConvert(value, ColumnType.Long, out object? integer) && integer is long n ? PutInteger(buffer, column, n) : Wrong(column);
            case PostgresKind.Float4 or PostgresKind.Float8:
                return value is double or float || IsNumber(value) ? PutReal(buffer, column, Convert.ToDouble(value, CultureInfo.InvariantCulture)) : Wrong(column);
            case PostgresKind.Numeric:
                return PutNumeric(buffer, column, value);
            case PostgresKind.Json:
                return PutJson(buffer, column, ToJson(value));
            case PostgresKind.Array:
                return value is byte[] || !PostgresArray.TryFormat(value, out string? literal) ? Wrong(column) : PutChars(buffer, column, literal);
            case PostgresKind.Text or PostgresKind.Char or PostgresKind.Other when value is not byte[] && TextOf(value) is { } text:
                return PutChars(buffer, column, text);
            default:
                return Wrong(column);
        }
    }

    private string? PutChars(PostgresBuffer buffer, PostgresColumn column, string text) =>
        _scratch.TryEncode(text, out ReadOnlySpan<byte> utf8) ? PutText(buffer, column, utf8) : NotUnicode;

    private static string? PutText(PostgresBuffer buffer, PostgresColumn column, ReadOnlySpan<byte> utf8)
    {
        if (utf8.Contains((byte)0))
            return NoNul;
        if (column.MaxLength is { } most && utf8.Length > most && LengthOf(column, utf8) > most)
            return $"takes {most} characters at most";
        buffer.WriteBytes(utf8);
        return null;
    }

    /// <summary>The number of characters; the spaces at the end of a char(n) do not count.</summary>
    private static int LengthOf(PostgresColumn column, ReadOnlySpan<byte> utf8)
    {
        if (column.Kind == PostgresKind.Char)
            utf8 = utf8.TrimEnd((byte)' ');
        int count = 0;
        foreach (byte b in utf8)
        {
            if ((b & 0xC0) != 0x80)
                count++;
        }
        return count;
    }

    private static string? PutInteger(PostgresBuffer buffer, PostgresColumn column, long value)
    {
        switch (column.Kind)
        {
            case PostgresKind.Int8:
                buffer.WriteInt8(value);
                return null;
            case PostgresKind.Int4 when value is >= int.MinValue and <= int.MaxValue:
                buffer.WriteInt4((int)value);
                return null;
            case PostgresKind.Int2 when value is >= short.MinValue and <= short.MaxValue:
                buffer.WriteInt2((short)value);
                return null;
            default:
                return Wrong(column);
        }
    }

    private static string? PutReal(PostgresBuffer buffer, PostgresColumn column, double value)
    {
        if (column.Kind == PostgresKind.Float8)
        {
            buffer.WriteInt8(BitConverter.DoubleToInt64Bits(value == 0 ? 0 : value));
            return null;
        }
        float single = (float)value;
        if (float.IsInfinity(single) && !double.IsInfinity(value))
            return Wrong(column);
        buffer.WriteInt4(BitConverter.SingleToInt32Bits(single == 0 ? 0 : single));
        return null;
    }

    private string? PutNumeric(PostgresBuffer buffer, PostgresColumn column, object value)
    {
        switch (value)
        {
            case decimal number:
                return PostgresNumeric.Write(buffer, _scratch.Format(number), column.Digits, rounds: false);
            case double or float when !double.IsFinite(Convert.ToDouble(value, CultureInfo.InvariantCulture)):
                if (!double.IsNaN(Convert.ToDouble(value, CultureInfo.InvariantCulture)))
                    return "takes finite numbers only";
                PostgresNumeric.WriteNaN(buffer);
                return null;
            // A binary number has no exact decimals, so the column's are as good as any.
            case double number:
                return PostgresNumeric.Write(buffer, _scratch.Format(number), column.Digits, rounds: true);
            case float number:
                return PostgresNumeric.Write(buffer, _scratch.Format(number), column.Digits, rounds: true);
            default:
                return IsNumber(value) ? FromChars(buffer, column, ((IFormattable)value).ToString(null, CultureInfo.InvariantCulture)) : Wrong(column);
        }
    }

    /// <summary>PostgreSQL keeps microseconds; what is finer is rounded away, as it does itself.</summary>
    private static string? PutTime(PostgresBuffer buffer, PostgresColumn column, object value)
    {
        switch (column.Kind)
        {
            case PostgresKind.Date when ValueConversion.TryConvert(value, ColumnType.Date, out object? date) && date is DateOnly day:
                buffer.WriteInt4(day.DayNumber - DateOnly.FromDateTime(Epoch).DayNumber);
                return null;
            case PostgresKind.Time when ValueConversion.TryConvert(value, ColumnType.Time, out object? time) && time is TimeOnly clock:
                buffer.WriteInt8(Microseconds(clock.Ticks));
                return null;
            case PostgresKind.Timestamp when value is DateTimeOffset instant:
                buffer.WriteInt8(Microseconds(instant.UtcTicks - Epoch.Ticks));
                return null;
            case PostgresKind.Timestamp when value is DateTime local:
                buffer.WriteInt8(Microseconds(local.Ticks - Epoch.Ticks));
                return null;
            case PostgresKind.TimestampTz when value is DateTimeOffset instant:
                buffer.WriteInt8(Microseconds(instant.UtcTicks - Epoch.Ticks));
                return null;
            case PostgresKind.TimestampTz when value is DateTime local:
                buffer.WriteInt8(Microseconds((local.Kind == DateTimeKind.Local ? local.ToUniversalTime() : local).Ticks - Epoch.Ticks));
                return null;
            case PostgresKind.Timestamp or PostgresKind.TimestampTz when value is DateOnly day:
                buffer.WriteInt8(Microseconds(day.ToDateTime(TimeOnly.MinValue).Ticks - Epoch.Ticks));
                return null;
            default:
                return Wrong(column);
        }
    }

    private static long Microseconds(long ticks) => (long)Math.Round(ticks / (decimal)TimeSpan.TicksPerMicrosecond);

    private static string? PutJson(PostgresBuffer buffer, PostgresColumn column, ReadOnlySpan<byte> utf8)
    {
        try
        {
            var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = 512 });
            while (reader.Read())
            {
            }
        }
        catch (JsonException)
        {
            // The exception quotes the text.
            return Wrong(column);
        }
        return PutText(buffer, column, utf8);
    }

    private static ReadOnlySpan<byte> ToJson(object value)
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, JsonText.WriterOptions))
            JsonText.Write(json, value);
        return buffer.WrittenSpan;
    }

    private static bool IsNumber(object value) =>
        value is sbyte or byte or short or ushort or int or uint or long or ulong or decimal;

    private static string? TextOf(object value) => value switch
    {
        bool flag => flag ? "true" : "false",
        DateTime time => time.ToString("yyyy-MM-dd HH:mm:ss.FFFFFFF", CultureInfo.InvariantCulture),
        DateTimeOffset time => time.ToString("yyyy-MM-dd HH:mm:ss.FFFFFFFzzz", CultureInfo.InvariantCulture),
        DateOnly day => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        TimeOnly clock => clock.ToString("HH:mm:ss.FFFFFFF", CultureInfo.InvariantCulture),
        JsonValue json => json.ToString(),
        IFormattable other => other.ToString(null, CultureInfo.InvariantCulture),
        _ => null,
    };
}
