using System.Globalization;
using System.Text;

namespace EtlTools.Bench;

/// <summary>Two of fifty columns against all of them: the others must cost little.</summary>
internal static class WideBench
{
    private const int Rows = 200_000;
    private const int Columns = 50;

    public static bool Run(string[] args)
    {
        using var session = new Session();
        string file = Path.Combine(Path.GetTempPath(), "etltools-bench-wide.csv");
        Write(file);
        double[] seconds = Measure.Medians(
            () => session.Time($"Import-EtlCsv '{file}' -ThrottleLimit 1 | Out-Null"),
            () => session.Time($"Import-EtlCsv '{file}' -ThrottleLimit 1 -Column c3, c40 | Out-Null"));
        double[] work = Measure.Medians(
            () => session.Work($"Import-EtlCsv '{file}' -ThrottleLimit 1 | Out-Null"),
            () => session.Work($"Import-EtlCsv '{file}' -ThrottleLimit 1 -Column c3, c40 | Out-Null"));
        Measure.Print("all of 50 columns, processor time", work[0] / Rows * 1e9, "ns/record");
        Measure.Print("-Column of 2, processor time", work[1] / Rows * 1e9, "ns/record");
        Measure.Print("all of 50 columns | Out-Null", Rows / seconds[0] / 1000, "k records/s");
        Measure.Print("-Column of 2 | Out-Null", Rows / seconds[1] / 1000, "k records/s");
        return Measure.Goal("-Column of 2 of all 50", seconds[0] / seconds[1], 2);
    }

    private static void Write(string file)
    {
        if (File.Exists(file))
            return;
        using (var writer = new StreamWriter(file + ".part", append: false, new UTF8Encoding(false), 1 << 20))
        {
            writer.Write(string.Join(',', Enumerable.Range(0, Columns).Select(column => $"c{column}")) + "\n");
            for (int row = 0; row < Rows; row++)
                writer.Write(string.Join(',', Enumerable.Range(0, Columns).Select(column => (row * (column + 1)).ToString("D8", CultureInfo.InvariantCulture))) + "\n");
        }
        File.Move(file + ".part", file, overwrite: true);
    }
}
