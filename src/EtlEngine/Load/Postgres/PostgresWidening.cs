using EtlTools.Engine.Records;

namespace EtlTools.Engine.Load.Postgres;

/// <summary>Finds the wider type for a value that a column does not take: of those that lose nothing of what the column holds.</summary>
internal sealed class PostgresWidening
{
    /// <summary>The longest varchar, and the most digits of a numeric with a limit.</summary>
    private const int LongestText = 10_485_760;
    private const int MostDigits = 1_000;

    private readonly PostgresEncoder _encoder = new();
    private readonly PostgresBuffer _buffer = new();

    /// <summary>The column with the narrowest type that takes the value; null where its own does, or none.</summary>
    public PostgresColumn? Of(PostgresColumn column, Record record, int index) =>
        column.IsDomain || Takes(column, record, index) ? null : Candidates(column, record, index).FirstOrDefault(wider => Takes(wider, record, index));

    private bool Takes(PostgresColumn column, Record record, int index)
    {
        _buffer.CutTo(0);
        return _encoder.Write(_buffer, column, record, index, out _) is null;
    }

    private IEnumerable<PostgresColumn> Candidates(PostgresColumn column, Record record, int index) => column.Kind switch
    {
        PostgresKind.Int2 => [As(column, PostgresKind.Int4, "integer"), As(column, PostgresKind.Int8, "bigint"), As(column, PostgresKind.Numeric, "numeric")],
        PostgresKind.Int4 => [As(column, PostgresKind.Int8, "bigint"), As(column, PostgresKind.Numeric, "numeric")],
        PostgresKind.Int8 => [As(column, PostgresKind.Numeric, "numeric")],
        PostgresKind.Float4 => [As(column, PostgresKind.Float8, "double precision")],
        PostgresKind.Numeric when column.Digits is { } digits => LargerNumbers(column, digits, record, index),
        PostgresKind.Text when column.MaxLength is { } length => LongerTexts(column, length),
        PostgresKind.Date => [As(column, PostgresKind.Timestamp, "timestamp without time zone")],
        _ => [],
    };

    private IEnumerable<PostgresColumn> LargerNumbers(PostgresColumn column, (int Precision, int Scale) now, Record record, int index)
    {
        PostgresColumn any = As(column, PostgresKind.Numeric, "numeric") with { Digits = null };
        if (!Takes(any, record, index))
            yield break;
        (int whole, int scale) = PostgresNumeric.Measure(_buffer[.._buffer.Length].Span);
        whole = Math.Max(whole, now.Precision - now.Scale);
        // A binary number has no exact decimals: it is rounded to those of the column.
        scale = record[index] is double or float ? now.Scale : Math.Max(scale, now.Scale);
        if (whole + scale <= MostDigits)
            yield return any with { DeclaredType = FormattableString.Invariant($"numeric({whole + scale},{scale})"), Digits = (whole + scale, scale) };
        yield return any;
    }

    private static IEnumerable<PostgresColumn> LongerTexts(PostgresColumn column, int length) =>
    [
        .. Widening.Lengths(length, LongestText).Select(next => column with { DeclaredType = FormattableString.Invariant($"character varying({next})"), MaxLength = next }),
        column with { DeclaredType = "text", MaxLength = null },
    ];

    private static PostgresColumn As(PostgresColumn column, PostgresKind kind, string type) =>
        column with { Kind = kind, DeclaredType = type, StageType = PostgresTypes.StageTypeOf(kind) };
}
