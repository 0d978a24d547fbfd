using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Load.Postgres;

/// <summary>Writes a list as the text of a PostgreSQL array: {1,2}, {"a b",NULL}.</summary>
internal static class PostgresArray
{
    public static bool TryFormat(object value, [NotNullWhen(true)] out string? literal)
    {
        var text = new StringBuilder();
        if (value is JsonValue { IsArray: true } json)
            value = json.Items();
        bool isArray = value is IEnumerable list and not IDictionary && TryWrite(text, list);
        literal = isArray ? text.ToString() : null;
        return isArray;
    }

    private static bool TryWrite(StringBuilder text, IEnumerable list)
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
                    text.Append("\"\\\\x").Append(Convert.ToHexStringLower(bytes)).Append('"');
                    break;
                case string or char:
                    Quote(text, item.ToString()!);
                    break;
                case JsonValue { IsArray: true } inner:
                    if (!TryWrite(text, inner.Items()))
                        return false;
                    break;
                case JsonValue inner:
                    Quote(text, inner.ToString());
                    break;
                case IEnumerable inner and not IDictionary:
                    if (!TryWrite(text, inner))
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

    private static void Quote(StringBuilder text, string value) =>
        text.Append('"').Append(value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)).Append('"');
}
