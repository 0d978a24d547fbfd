using System.Globalization;
using System.Text;

namespace EtlTools.Bench;

/// <summary>Makes order files: 8 columns, about 90 bytes a row, the same for the same number of rows.</summary>
internal static class Orders
{
    private static readonly string[] Cities = ["Amsterdam", "Berlin", "Rome", "New York", "Oslo", "São Paulo", "Tokyo", "Wellington"];

    public const string Header = "order_id,customer,email,city,ordered_at,amount,quantity,note";

    /// <summary>The columns of a table for them; the key is order_id.</summary>
    public const string Columns = "order_id TEXT, customer TEXT, email TEXT, city TEXT, ordered_at TEXT, amount TEXT, quantity TEXT, note TEXT";

    /// <summary>What an upsert sets.</summary>
    public static string Updates => string.Join(", ", Header.Split(',').Skip(1).Select(name => $"{name} = excluded.{name}"));

    /// <summary>A file of this many rows, kept between runs.</summary>
    public static string File(long rows)
    {
        string path = Path.Combine(Path.GetTempPath(), FormattableString.Invariant($"etltools-bench-{rows}.csv"));
        if (System.IO.File.Exists(path))
            return path;
        using (var writer = new StreamWriter(path + ".part", append: false, new UTF8Encoding(false), 1 << 20))
        {
            writer.Write(Header + "\n");
            for (long i = 1; i <= rows; i++)
                writer.Write(Row(i));
        }
        System.IO.File.Move(path + ".part", path, overwrite: true);
        return path;
    }

    /// <summary>The number of rows that make a file of about this many bytes.</summary>
    public static long RowsFor(long bytes) => bytes / Encoding.UTF8.GetByteCount(Row(1_000_000));

    private static string Row(long i)
    {
        long hash = unchecked(i * 2654435761L) & 0x7fffffff;
        var at = new DateTime(2024, 1, 1, 0, 0, 0, DateTimeKind.Utc).AddSeconds(hash % 63_072_000);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{i:D10},Customer {hash % 50_000},user{hash % 50_000}@example.org,{Cities[hash % Cities.Length]},{at:yyyy-MM-ddTHH:mm:ss},{hash % 100_000 / 100m:F2},{hash % 9 + 1},{(hash % 10 == 0 ? "\"gift, wrap\"" : "std")}\n");
    }
}
