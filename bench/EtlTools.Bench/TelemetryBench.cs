using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace EtlTools.Bench;

/// <summary>The same load with and without telemetry: a log and a metrics file every second, and a collector that answers. Processor
/// time, since what telemetry costs is work, and a disk's mood would hide it.</summary>
internal static class TelemetryBench
{
    private const int DefaultRows = 2_000_000;

    public static bool Run(string[] args)
    {
        int rows = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : DefaultRows;
        using var session = new Session();
        string file = Orders.File(rows);
        string folder = Directory.CreateTempSubdirectory("etltools-bench").FullName;
        using var collector = new HttpListener();
        string endpoint = $"http://127.0.0.1:{FreePort()}";
        collector.Prefixes.Add(endpoint + "/");
        collector.Start();
        _ = Task.Run(() => AnswerAsync(collector));
        try
        {
            double[] seconds = Measure.Medians(
                () => Load(session, file, folder, rows, "-LogPath '' -PrometheusPath '' -OtlpEndpoint ''"),
                () => Load(session, file, folder, rows, $"-LogPath '{folder}/log.jsonl' -LogIntervalSec 1 -PrometheusPath '{folder}/etl.prom' -OtlpEndpoint {endpoint}"));
            Measure.Print("load without telemetry", seconds[0], "s of processor time");
            Measure.Print("load with log, Prometheus file and OTLP", seconds[1], "s of processor time");
            return Measure.Goal("speed with telemetry, of that without", seconds[0] / seconds[1], 0.97);
        }
        finally
        {
            collector.Stop();
            Directory.Delete(folder, recursive: true);
        }
    }

    private static double Load(Session session, string file, string folder, int rows, string telemetry)
    {
        session.Invoke($"Set-EtlTelemetry {telemetry}");
        string database = Path.Combine(folder, "t.db");
        foreach (string old in Directory.GetFiles(folder, "t.db*"))
            File.Delete(old);
        return session.Work(
            $"$r = Import-EtlCsv '{file}' | Invoke-EtlTransform -Required order_id | Export-EtlSqlUpsert -Provider Sqlite -ConnectionString 'Data Source={database}' -Table orders -Key order_id -CreateTable; if ($r.Loaded -ne {rows}) {{ throw \"loaded $($r.Loaded)\" }}");
    }

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    private static async Task AnswerAsync(HttpListener collector)
    {
        while (collector.IsListening)
        {
            try
            {
                HttpListenerContext context = await collector.GetContextAsync();
                await context.Request.InputStream.CopyToAsync(Stream.Null);
                context.Response.Close();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                return;
            }
        }
    }
}
