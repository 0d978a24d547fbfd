using System.Text;

namespace EtlTools.Engine.Load.Postgres;

/// <summary>The words for values that are not ordinary numbers or times, as PostgreSQL writes them, in any case of letters.</summary>
internal static class PostgresSpecial
{
    /// <summary>Reads NaN, infinity or -infinity.</summary>
    public static bool TryRead(ReadOnlySpan<byte> utf8, out double value)
    {
        value = Is(utf8, "nan"u8) ? double.NaN
            : Is(utf8, "infinity"u8) ? double.PositiveInfinity
            : Is(utf8, "-infinity"u8) ? double.NegativeInfinity
            : 0;
        return value != 0;
    }

    private static bool Is(ReadOnlySpan<byte> utf8, ReadOnlySpan<byte> word) => Ascii.EqualsIgnoreCase(utf8, word);
}
