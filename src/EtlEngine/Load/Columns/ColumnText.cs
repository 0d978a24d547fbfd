using EtlTools.Engine.Transform;

namespace EtlTools.Engine.Load;

/// <summary>Reads texts as values of columns, in the same way as -Type, except for dates in which day and month could be exchanged.</summary>
internal static class ColumnText
{
    /// <summary>Why a column does not accept a date with slashes, as a clause.</summary>
    private const string UnclearDate =
        "accepts the text of a date only as 2026-07-31, because with slashes day and month could be exchanged; convert it with Invoke-EtlTransform -Type, and -Culture or -DateTimeFormat";

    public static bool TryConvert(ReadOnlySpan<char> text, ColumnType type, out object? value) =>
        ValueConversion.TryConvert(text, type, out value, ConversionOptions.OnlyClearDates);

    /// <summary>Why a text is not accepted if it is a date in another format; null for any other text.</summary>
    public static string? WhyUnclear(ReadOnlySpan<char> text, ColumnType type) =>
        type is ColumnType.Date or ColumnType.DateTime or ColumnType.DateTimeOffset && ValueConversion.TryConvert(text, type, out object? value) && value is not null ? UnclearDate : null;
}
