using System.Collections;
using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Load.Sqlite;

/// <summary>Turns a record's values into what SQLite stores, without loss, or says why that cannot be.</summary>
internal static class SqliteConverter
{
    private const string TooManyDigits =
        "would round the number, which has more than 15 significant digits; declare the column TEXT to keep it exact";
    private const string NumberLike = "would make a number of the text and lose how it is written; declare the column TEXT";
    private const string NotExact = "would round the whole number; declare the column INTEGER";
    private const string TooLarge = "cannot hold a number that large; declare the column TEXT";
    private const string TooSmall = "cannot hold a number so close to 0; declare the column TEXT";
    private const string NotUnicode = "accepts only valid Unicode, but the text has half a surrogate pair";

    /// <summary>1 with the most decimals: a quotient by it has no zeros at its end.</summary>
    private const decimal One = 1.0000000000000000000000000000m;

    /// <summary>Converts one value.</summary>
    /// <returns>Null, or what the column does that stands against it, as a clause.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static string? Convert(Record record, int index, SqliteForm form, Utf8Scratch scratch, out SqliteValue value)
    {
        ColumnKind kind = form.Kind;
        if (record.TryGetUnreadUtf8(index, out ReadOnlySpan<byte> utf8))
            return FromText(utf8, kind, out value);
        value = default;
        switch (record[index])
        {
            case null or DBNull:
                return null;
            case string text:
                return FromChars(text, kind, scratch, out value);
            case char c:
                return FromChars(c.ToString(), kind, scratch, out value);
            case bool b:
                return FromBoolean(b, kind, out value);
            case long n:
                return FromInteger(n, kind, scratch, out value);
            case int n:
                return FromInteger(n, kind, scratch, out value);
            case double n:
                return FromDouble(n, kind, scratch, out value);
            case decimal n:
                return FromDecimal(form.IsKey ? n / One : n, kind, scratch, out value);
            case short n:
                return FromInteger(n, kind, scratch, out value);
            case byte n:
                return FromInteger(n, kind, scratch, out value);
            case sbyte n:
                return FromInteger(n, kind, scratch, out value);
            case ushort n:
                return FromInteger(n, kind, scratch, out value);
            case uint n:
                return FromInteger(n, kind, scratch, out value);
            case ulong n:
                return n <= long.MaxValue ? FromInteger((long)n, kind, scratch, out value) : FromDecimal(n, kind, scratch, out value);
            case float n when kind == ColumnKind.Text:
                value = SqliteValue.OfText(scratch.Format(n));
                return null;
            case float n:
                return FromDouble(n, kind, scratch, out value);
            case DateTime d:
                return FromDate(scratch.Format(StoredText.AsUtc(d), StoredText.DateTime), kind, out value);
            case DateTimeOffset d when kind is not (ColumnKind.Text or ColumnKind.Any):
                // As an instant of another kind is: one value for one instant.
                return FromDate(scratch.Format(d.UtcDateTime, StoredText.DateTime), kind, out value);
            case DateTimeOffset d:
                return FromDate(scratch.Format(d, StoredText.DateTimeOffset), kind, out value);
            case DateOnly d:
                return FromDate(scratch.Format(d, StoredText.Date), kind, out value);
            case TimeOnly t:
                return FromDate(scratch.Format(t, StoredText.Time), kind, out value);
            case Guid id when form.CapitalGuids:
                return FromDate(scratch.FormatInCapitals(id), kind, out value);
            case Guid id:
                return kind == ColumnKind.Number ? Wrong(kind) : FromDate(scratch.Format(id), kind, out value);
            case JsonValue nested:
                return FromJson(nested, kind, out value);
            case byte[] bytes when kind is ColumnKind.Blob or ColumnKind.Any or ColumnKind.Numeric:
                value = SqliteValue.OfBlob(bytes);
                return null;
            case byte[]:
                return Wrong(kind);
            case IList or IDictionary when kind is ColumnKind.Text or ColumnKind.Any or ColumnKind.Numeric:
                return FromJson(JsonValue.ForColumn(record[index]!), kind, out value);
            case Half n when kind != ColumnKind.Text:
                return FromDouble((double)n, kind, scratch, out value);
            case Enum label when kind is ColumnKind.Integer or ColumnKind.AnyNumber:
                return FromDecimal(System.Convert.ToDecimal(label, CultureInfo.InvariantCulture), kind, scratch, out value);
            // What is not a number does not become one by looking like one, as a version does.
            case not (BigInteger or Int128 or UInt128 or Half) when kind is ColumnKind.Integer or ColumnKind.AnyNumber or ColumnKind.Real or ColumnKind.Number or ColumnKind.Boolean:
                return Wrong(kind);
            default:
                return StoredText.Of(record[index]!) is { } other ? FromChars(other, kind, scratch, out value) : Wrong(kind);
        }
    }

    private static string Wrong(ColumnKind kind) => $"accepts only {kind.Describe()}";

    private static string? FromChars(ReadOnlySpan<char> text, ColumnKind kind, Utf8Scratch scratch, out SqliteValue value)
    {
        if (scratch.TryEncode(text, out ReadOnlySpan<byte> utf8))
            return FromText(utf8, kind, out value);
        value = default;
        return NotUnicode;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static string? FromText(ReadOnlySpan<byte> utf8, ColumnKind kind, out SqliteValue value)
    {
        value = SqliteValue.OfText(utf8);
        switch (kind)
        {
            case ColumnKind.Text or ColumnKind.Any:
                return null;
            case ColumnKind.Integer when NumberText.TryReadInteger(utf8, out long integer):
                value = SqliteValue.OfInteger(integer);
                return null;
            case ColumnKind.Real when NumberText.TryReadReal(utf8, out double real):
                value = SqliteValue.OfReal(real);
                return NumberText.IsTooSmall(utf8, real) ? TooSmall
                    : Math.Abs(real) >= SqliteValue.MaxExactInteger && NumberText.IsRounded(utf8, real) ? NotExact
                    : null;
            case ColumnKind.Real when NumberText.IsTooLarge(utf8):
                return TooLarge;
            case ColumnKind.Boolean when System.Buffers.Text.Utf8Parser.TryParse(utf8, out bool flag, out int read) && read == utf8.Length:
                value = SqliteValue.OfInteger(flag ? 1 : 0);
                return null;
            case ColumnKind.Number or ColumnKind.AnyNumber or ColumnKind.Boolean:
                return FromNumberText(utf8, kind, out value);
            case ColumnKind.Numeric:
                return FromNumericText(utf8, ref value);
            default:
                return Wrong(kind);
        }
    }

    private static string? FromJson(JsonValue json, ColumnKind kind, out SqliteValue value)
    {
        if (json.WhyIncomplete is null)
            return FromText(json.Utf8.Span, kind, out value);
        value = default;
        return json.WhyIncomplete;
    }

    private static string? FromNumberText(ReadOnlySpan<byte> utf8, ColumnKind kind, out SqliteValue value)
    {
        if (NumberText.TryReadInteger(utf8, out long integer))
        {
            value = SqliteValue.OfInteger(integer);
            return null;
        }
        value = default;
        if (!NumberText.TryReadReal(utf8, out double real))
            return NumberText.IsTooLarge(utf8) ? TooLarge : Wrong(kind);
        if (NumberText.IsTooSmall(utf8, real))
            return TooSmall;
        value = SqliteValue.OfNumber(real);
        return NumberText.CountDigits(utf8) <= NumberText.MaxDigits ? null : TooManyDigits;
    }

    private static string? FromNumericText(ReadOnlySpan<byte> utf8, ref SqliteValue value)
    {
        if (!NumberText.LooksNumeric(utf8))
            return null;
        // Only what SQLite would write again in the same way may become a number.
        Span<byte> again = stackalloc byte[32];
        if (!NumberText.TryReadInteger(utf8, out long integer)
            || !integer.TryFormat(again, out int written, provider: System.Globalization.CultureInfo.InvariantCulture)
            || !again[..written].SequenceEqual(utf8))
        {
            return NumberLike;
        }
        value = SqliteValue.OfInteger(integer);
        return null;
    }

    private static string? FromBoolean(bool flag, ColumnKind kind, out SqliteValue value)
    {
        value = kind switch
        {
            ColumnKind.Text => SqliteValue.OfText(flag ? "1"u8 : "0"u8),
            ColumnKind.Real => SqliteValue.OfReal(flag ? 1 : 0),
            _ => SqliteValue.OfInteger(flag ? 1 : 0),
        };
        return kind == ColumnKind.Blob ? Wrong(kind) : null;
    }

    private static string? FromInteger(long n, ColumnKind kind, Utf8Scratch scratch, out SqliteValue value)
    {
        value = kind switch
        {
            ColumnKind.Text => SqliteValue.OfText(scratch.Format(n)),
            ColumnKind.Real => SqliteValue.OfReal(n),
            _ => SqliteValue.OfInteger(n),
        };
        return kind == ColumnKind.Blob ? Wrong(kind)
            : kind == ColumnKind.Real && (Int128)(double)n != n ? NotExact
            : null;
    }

    private static string? FromDouble(double n, ColumnKind kind, Utf8Scratch scratch, out SqliteValue value)
    {
        value = default;
        switch (kind)
        {
            case ColumnKind.Text:
                value = SqliteValue.OfText(scratch.Format(n));
                return null;
            // SQLite would store null for NaN.
            case ColumnKind.Blob:
            case not ColumnKind.Text when double.IsNaN(n):
                return Wrong(kind);
            case ColumnKind.Integer:
                // 2^63 is the first double that no long holds.
                if (!double.IsInteger(n) || n is < long.MinValue or >= 9_223_372_036_854_775_808.0)
                    return Wrong(kind);
                value = SqliteValue.OfInteger((long)n);
                return null;
            case ColumnKind.Number or ColumnKind.AnyNumber or ColumnKind.Numeric or ColumnKind.Boolean:
                value = SqliteValue.OfNumber(n);
                return null;
            default:
                value = SqliteValue.OfReal(n);
                return null;
        }
    }

    private static string? FromDecimal(decimal n, ColumnKind kind, Utf8Scratch scratch, out SqliteValue value)
    {
        value = default;
        bool isLong = decimal.IsInteger(n) && n is >= long.MinValue and <= long.MaxValue;
        switch (kind)
        {
            case ColumnKind.Text or ColumnKind.Any:
                value = SqliteValue.OfText(scratch.Format(n));
                return null;
            case ColumnKind.Real:
                value = SqliteValue.OfReal((double)n);
                return Math.Abs(n) >= (decimal)SqliteValue.MaxExactInteger && NumberText.IsRounded(scratch.Format(n), (double)n) ? NotExact : null;
            case ColumnKind.Blob:
            case ColumnKind.Integer when !isLong:
                return Wrong(kind);
            default:
                value = isLong ? SqliteValue.OfInteger((long)n) : SqliteValue.OfReal((double)n);
                return isLong || NumberText.CountDigits(scratch.Format(n)) <= NumberText.MaxDigits ? null : TooManyDigits;
        }
    }

    private static string? FromDate(ReadOnlySpan<byte> utf8, ColumnKind kind, out SqliteValue value)
    {
        value = SqliteValue.OfText(utf8);
        return kind is ColumnKind.Text or ColumnKind.Number or ColumnKind.Numeric or ColumnKind.Any ? null : Wrong(kind);
    }
}
