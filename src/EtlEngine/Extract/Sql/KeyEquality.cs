using System.Globalization;

namespace EtlTools.Engine.Extract.Sql;

/// <summary>
/// Whether the database takes two values of a watermark column for equal, as far as .NET can tell. Where it is not certain, values count as
/// equal: their rows are then read together, which loses none.
/// </summary>
internal static class KeyEquality
{
    private const CompareOptions Loosely = CompareOptions.IgnoreCase | CompareOptions.IgnoreNonSpace | CompareOptions.IgnoreKanaType | CompareOptions.IgnoreWidth;

    /// <summary>Compares two values.</summary>
    /// <param name="one">A value.</param>
    /// <param name="other">Another value.</param>
    /// <param name="isLoose">Whether the column's texts may be equal though their characters differ, as in case.</param>
    public static bool AreEqual(object one, object other, bool isLoose) => (one, other) switch
    {
        (byte[] a, byte[] b) => a.AsSpan().SequenceEqual(b),
        (string a, string b) when isLoose => CultureInfo.InvariantCulture.CompareInfo.Compare(a.TrimEnd(' '), b.TrimEnd(' '), Loosely) == 0,
        // A column of SQLite may have both.
        (long a, double b) => a == b,
        (double a, long b) => a == b,
        _ => Equals(one, other),
    };
}
