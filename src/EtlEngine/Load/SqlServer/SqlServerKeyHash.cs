using System.Data.SqlTypes;

namespace EtlTools.Engine.Load.SqlServer;

/// <summary>Hashes keys so that those that the server holds for equal have equal hashes.</summary>
internal static class SqlServerKeyHash
{
    /// <summary>Whether a column's equality is known here: not that of a language, and not that of bytes, whose zeros at the end
    /// do not count.</summary>
    public static bool CanHash(SqlServerColumn column) => column.Type.Kind switch
    {
        SqlServerKind.Unicode or SqlServerKind.CodePage => column.Collation?.EndsWith("_BIN2", StringComparison.OrdinalIgnoreCase) == true,
        SqlServerKind.Binary or SqlServerKind.Xml or SqlServerKind.Other => false,
        _ => true,
    };

    /// <summary>The hash of a value as <see cref="SqlServerConverter"/> makes it.</summary>
    public static int Hash(SqlServerColumn column, object? value) => value switch
    {
        null => 0,
        // Spaces at the end do not count in comparisons.
        string text => string.GetHashCode(text.AsSpan().TrimEnd(' '), StringComparison.Ordinal),
        decimal number => new SqlDecimal(number).ToDouble().GetHashCode(),
        SqlDecimal number => number.ToDouble().GetHashCode(),
        DateTime time when column.Type.Kind == SqlServerKind.DateTime => new SqlDateTime(time).GetHashCode(),
        DateTime time when column.Type.Kind == SqlServerKind.SmallDateTime => (time.AddSeconds(30).Ticks / TimeSpan.TicksPerMinute).GetHashCode(),
        // Two offsets, one moment: one key.
        DateTimeOffset time => time.UtcTicks.GetHashCode(),
        _ => value.GetHashCode(),
    };
}
