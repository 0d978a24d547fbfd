using System.Globalization;
using EtlTools.Testing;

namespace EtlTools.Bench;

/// <summary>Kills loads that are one transaction, as <see cref="WholeTableKills"/> does.</summary>
internal static class KillWholeBench
{
    /// <param name="args">How many kills of each of the four kinds of load (20).</param>
    public static bool Run(string[] args)
    {
        int kills = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 20;
        using var folder = new BenchFolder();
        string file = folder.File("whole.db");
        using var server = new PostgresServer();
        return Kill("SQLite", $"Data Source={file}", sql => Programs.Sqlite3(file, $".timeout 10000\n{sql};"), kills)
            & Kill("PostgreSQL", server.ConnectionString, sql => Programs.Psql(server, $"SET client_min_messages = error; {sql}"), kills);
    }

    private static bool Kill(string name, string connectionString, Func<string, string> run, int count)
    {
        bool good = true;
        foreach (string parameters in new[] { "-Mode Replace", "-DeleteMissing" })
        {
            var kills = new WholeTableKills(connectionString, Session.ModulePath(), sql => run(sql), sql => run(sql).Trim(), new Random(20260103));
            int differences = 0;
            for (int i = 0; i < count; i++)
                differences += kills.Kill(parameters) ? 0 : 1;
            Measure.Print($"{name} {parameters}: kills", count, "");
            Measure.Print($"{name} {parameters}: of these left the old table", kills.LeftOld, "");
            good &= Measure.None($"{name} {parameters}: tables that are neither the old nor the new one", differences);
        }
        return good;
    }
}
