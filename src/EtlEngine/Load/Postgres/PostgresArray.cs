using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Load.Postgres;

/// <summary>Writes a list as the text of a PostgreSQL array: {1,2}, {"a b",NULL}.</summary>
internal static class PostgresArray
{
    /// <param name="value">The list.</param>
    /// <param name="ofBytes">Whether its texts represent bytes.</param>
    /// <param name="literal">The text of the array.</param>
    public static bool TryFormat(object value, bool ofBytes, [NotNullWhen(true)] out string? literal)
    {
        var text = new StringBuilder();
        if (value is JsonValue { IsArray: true } json)
            value = json.Items();
        bool isArray = value is IEnumerable list and not IDictionary && TryWrite(text, list, ofBytes);
        literal = isArray ? text.ToString() : null;
        return isArray;
    }

    private static bool TryWrite(StringBuilder text, IEnumerable list, bool ofBytes)
    {
        text.Append('{');
        bool first = true;
        foreach (object? item in list)
        {
            if (!first)
                text.Append(',');
            first = false;
            switch (item)
            {
                case null or DBNull:
                    text.Append("NULL");
                    break;
                case byte[] bytes:
                    AppendBytes(text, bytes);
                    break;
                case string encoded when ofBytes:
                    if (!PostgresBytes.TryRead(Encoding.UTF8.GetBytes(encoded), out ReadOnlySpan<byte> decoded))
                        return false;
                    AppendBytes(text, decoded);
                    break;
                case string or char:
                    Quote(text, item.ToString()!);
                    break;
                case JsonValue { IsArray: true } inner:
                    if (!TryWrite(text, inner.Items(), ofBytes))
                        return false;
                    break;
                case JsonValue inner:
                    Quote(text, inner.ToString());
                    break;
                case IEnumerable inner and not IDictionary:
                    if (!TryWrite(text, inner, ofBytes))
                        return false;
                    break;
                case DateTime or DateTimeOffset or DateOnly or TimeOnly:
                    Quote(text, ((IFormattable)item).ToString("O", CultureInfo.InvariantCulture));
                    break;
                case IFormattable:
                    Quote(text, ((IFormattable)item).ToString(null, CultureInfo.InvariantCulture));
                    break;
                case bool flag:
                    text.Append(flag ? "t" : "f");
                    break;
                default:
                    return false;
            }
        }
        text.Append('}');
        return true;
    }

    private static void AppendBytes(StringBuilder text, ReadOnlySpan<byte> bytes) =>
        text.Append("\"\\\\x").Append(Convert.ToHexStringLower(bytes)).Append('"');

    private static void Quote(StringBuilder text, string value) =>
        text.Append('"').Append(value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)).Append('"');
}
