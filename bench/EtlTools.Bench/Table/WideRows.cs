using System.Globalization;
using System.Text;

namespace EtlTools.Bench;

/// <summary>Two of fifty columns against all of them: the others must cost little.</summary>
internal static class WideRows
{
    private const int Rows = 200_000;
    private const int Columns = 50;
    private const double Share = 0.35;

    public static IEnumerable<Row> Measure()
    {
        using var session = new Session();
        string file = MakeFile();
        var all = new Subject("all 50", () => session.Take($"Import-EtlCsv '{file}' -ThrottleLimit 1 | Out-Null"));
        var two = new Subject("-Column of 2", () => session.Take($"Import-EtlCsv '{file}' -ThrottleLimit 1 -Column c3, c40 | Out-Null"));
        Subject.MeasureInTurn(all, two);
        yield return Row.Processor("Import-EtlCsv -Column of 2, 200,000 × 50", two, all, Share);
        yield return Row.Speed("Import-EtlCsv -Column of 2, 200,000 × 50", two, all);
    }

    private static string MakeFile()
    {
        string file = Path.Combine(Path.GetTempPath(), "etltools-bench-wide.csv");
        if (File.Exists(file))
            return file;
        using (var writer = new StreamWriter(file + ".part", append: false, new UTF8Encoding(false), 1 << 20))
        {
            writer.Write(string.Join(',', Enumerable.Range(0, Columns).Select(column => $"c{column}")) + "\n");
            for (int row = 0; row < Rows; row++)
                writer.Write(string.Join(',', Enumerable.Range(0, Columns).Select(column => (row * (column + 1)).ToString("D8", CultureInfo.InvariantCulture))) + "\n");
        }
        File.Move(file + ".part", file, overwrite: true);
        return file;
    }
}
