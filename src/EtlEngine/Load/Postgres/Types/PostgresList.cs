using System.Collections.Frozen;
using System.Globalization;
using System.Text;

namespace EtlTools.Engine.Load.Postgres;

/// <summary>An array, staged as text.</summary>
/// <param name="Name">The type as statements write it.</param>
/// <param name="OfBytes">It is one of bytea.</param>
/// <param name="Scale">The number of decimals; null for no limit.</param>
internal sealed record PostgresList(string Name, bool OfBytes = false, int? Scale = null) : PostgresReadByServer(Name)
{
    private static readonly FrozenSet<string> Comparables = FrozenSet.Create(
        "smallint[]", "integer[]", "bigint[]", "real[]", "double precision[]", "numeric[]", "text[]", "character varying[]", "character[]", "uuid[]",
        "boolean[]", "date[]", "time without time zone[]", "timestamp without time zone[]", "timestamp with time zone[]", "interval[]", "bytea[]", "jsonb[]");

    public override string Takes => "arrays";

    public override bool IsHashable => false;

    /// <summary>Arrays of types without a known equality are compared as texts; json has none.</summary>
    public override string Comparable(string value) => Comparables.Contains(Name) ? value : $"{value}::text";

    protected override string? FromText(PostgresBuffer buffer, ReadOnlySpan<byte> utf8) =>
        Scale is { } scale && Rounds(Encoding.UTF8.GetString(utf8), scale) ? "would round a number" : PutText(buffer, utf8);

    protected override string? FromValue(PostgresBuffer buffer, Utf8Scratch scratch, object value) =>
        value is not byte[] && PostgresArray.TryFormat(value, OfBytes, out string? literal) ? FromChars(buffer, scratch, literal) : Wrong;

    /// <summary>The server would silently round the numbers of an array.</summary>
    private static bool Rounds(string literal, int scale)
    {
        foreach (Range part in literal.AsSpan().SplitAny("{},\" "))
        {
            if (decimal.TryParse(literal.AsSpan(part), NumberStyles.Float, CultureInfo.InvariantCulture, out decimal number)
                && scale is >= 0 and <= 28 && decimal.Round(number, scale) != number)
                return true;
        }
        return false;
    }
}
