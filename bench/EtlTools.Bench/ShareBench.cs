using System.Diagnostics;
using System.Globalization;
using System.Text;
using EtlTools.Testing;

namespace EtlTools.Bench;

/// <summary>
/// Loads hard rows by 1, 4 and 8 processes that share their keys, which are killed, or told to drain, at random moments and started again, as an engine
/// does. Table, dead letters and counters must be those of one process.
/// </summary>
internal static class ShareBench
{
    private static readonly int[] Counts = [1, 4, 8];

    /// <param name="args">How many rows (200,000) and how many kills (36), over all counts.</param>
    public static bool Run(string[] args)
    {
        int rows = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 200_000;
        int kills = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 36;
        using var folder = new BenchFolder();
        using var server = new PostgresServer();
        var random = new Random(20261127);
        string file = folder.File("hard.csv");
        WriteHard(file, rows, random);
        var runs = new ShareRuns(server, folder, file, random);
        (string[] table, string[] letters) = runs.RunOne();
        Measure.Print("Rows of the file", rows, "");
        Measure.Print("One process: rows of the table", table.Length, "");
        Measure.Print("One process: dead letters", letters.Length, "");
        bool good = true;
        int[] killsOf = [kills / 6, kills / 3, kills - (kills / 6) - (kills / 3)];
        foreach ((int count, int most) in Counts.Zip(killsOf))
        {
            runs.Run(count, most);
            Measure.Print($"{count} processes: kills and drains", runs.Kills, "");
            good &= Measure.None($"{count} processes: rows that differ", Differences(table, runs.Table()));
            good &= Measure.None($"{count} processes: dead letters that differ", Differences(letters, runs.Letters(count)));
            if (count > 1)
                good &= Measure.None($"{count} processes: records and new rows counted wrong", runs.CountedWrong(count, rows));
        }
        return good;
    }

    private static int Differences(string[] one, string[] other) => one.Except(other).Count() + other.Except(one).Count() + Math.Abs(one.Length - other.Length);

    /// <summary>Keys that come again anywhere, twenty of them often; line breaks and whole false rows in quotes; quotes that stand alone; rows that are
    /// short, bad numbers, and values that the table refuses.</summary>
    private static void WriteHard(string path, int rows, Random random)
    {
        using var writer = new StreamWriter(path, append: false, new UTF8Encoding(false));
        writer.Write("order_id,email,note,amount\n");
        for (int i = 1; i <= rows; i++)
        {
            int key = random.Next(100) < 5 ? random.Next(20) : random.Next(rows * 6 / 10);
            int kind = random.Next(1_000);
            string note = kind switch
            {
                < 60 => $"\"a\n{key},x@example.org,false row,1.00\nb\"",
                < 80 => "5\" pipe",
                < 100 => "\"say \"\"so\"\"\"",
                _ => $"n{i}",
            };
            string amount = (random.Next(100_000) / 100m).ToString(CultureInfo.InvariantCulture);
            writer.Write(kind switch
            {
                >= 990 => $"{key},u{i}@example.org,{note},abc",
                >= 985 => $"{key},u{i}@example.org",
                >= 980 => $"k{i},u{i}@example.org,{note},{amount}",
                _ => $"{key},u{i}@example.org,{note},{amount}",
            });
            writer.Write("\n");
        }
    }

    /// <summary>The processes of one load.</summary>
    private sealed class ShareRuns(PostgresServer server, BenchFolder folder, string file, Random random)
    {
        private const int Again = 75;

        public int Kills { get; private set; }

        public (string[] Table, string[] Letters) RunOne()
        {
            Run(1, 0);
            return (Table(), Letters(1));
        }

        /// <summary>Starts the shares, and again until each has come to its end.</summary>
        public void Run(int count, int kills)
        {
            foreach (string letters in Directory.GetFiles(folder.Path, "dead*.jsonl"))
                File.Delete(letters);
            PostgresServer.Execute(
                server.ConnectionString, "DROP TABLE IF EXISTS orders, etl_watermark",
                "CREATE TABLE orders (order_id bigint PRIMARY KEY, email text NOT NULL, note text, amount numeric CHECK (amount < 990))");
            Kills = 0;
            Process[] running = [.. Enumerable.Range(0, count).Select(index => Start(index, count))];
            var open = Enumerable.Range(0, count).ToHashSet();
            while (open.Count > 0)
            {
                foreach (int index in open.ToArray())
                {
                    if (!running[index].WaitForExit(20))
                        continue;
                    int code = running[index].ExitCode;
                    string errors = running[index].StandardError.ReadToEnd();
                    running[index].Dispose();
                    if (code == 0)
                        open.Remove(index);
                    else if (code is Again or > 128)
                        running[index] = Start(index, count);
                    else
                        throw new InvalidOperationException($"The share {index} of {count} failed with {code}: {errors}");
                }
                if (Kills < kills && random.Next(40) == 0 && open.Count > 0)
                    Stop(running[open.ElementAt(random.Next(open.Count))]);
            }
        }

        public string[] Table() => Programs.Psql(server, "SELECT * FROM orders ORDER BY order_id").Split('\n');

        public string[] Letters(int count)
        {
            string files = count == 1 ? "dead.jsonl" : "dead.p*.jsonl";
            using var session = new Session();
            return session.Read($"Import-EtlDeadLetter '{folder.File(files)}' | Sort-Object {{ $_.EtlPosition.Row }} | ForEach-Object {{ \"$($_.EtlLetter.LetterId) $($_.EtlPosition) $($_.EtlError.Code)\" }}");
        }

        /// <summary>Every record is some share's once, and every row of the table was new once.</summary>
        public int CountedWrong(int count, int inFile)
        {
            using var session = new Session();
            string said = session.Read($"Complete-EtlPartition job -Count {count} -ConnectionString '{server.ConnectionString.Replace("'", "''", StringComparison.Ordinal)}' | ForEach-Object {{ \"$($_.Complete) $($_.Records) $($_.Inserted)\" }}").Single();
            string[] parts = said.Split(' ');
            return parts[0] != "True" ? inFile
                : Math.Abs(int.Parse(parts[1], CultureInfo.InvariantCulture) - inFile) + Math.Abs(int.Parse(parts[2], CultureInfo.InvariantCulture) - InTable());
        }

        private int InTable() => int.Parse(Programs.Psql(server, "SELECT count(*) FROM orders"), CultureInfo.InvariantCulture);

        private void Stop(Process process)
        {
            if (process.HasExited)
                return;
            Kills++;
            if (random.Next(3) == 0)
                Process.Start("kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)]).WaitForExit();
            else
                process.Kill();
        }

        private Process Start(int index, int count) => PwshProgram.Start($$"""
            $ErrorActionPreference = 'Stop'
            Import-Module '{{Session.ModulePath()}}'
            $to = @{ ConnectionString = '{{server.ConnectionString.Replace("'", "''", StringComparison.Ordinal)}}' }
            $share = Get-EtlPartition -Index {{index}} -Count {{count}}
            try {
                $result = Import-EtlCsv '{{file}}' -Type @{ amount = 'decimal' } -ResumeFrom (Get-EtlWatermark job -Partition $share @to) |
                    Select-EtlPartition $share -Key order_id |
                    Export-EtlSqlUpsert @to -Table orders -Key order_id -BatchSize 2000 -Partition $share -WatermarkName job -DeadLetterPath '{{folder.File("dead.jsonl")}}'
            }
            catch {
                [Console]::Error.WriteLine("$_")
                exit $(if (($_.FullyQualifiedErrorId -split ',')[0] -in 'WatermarkInUse', 'OutageBudgetSpent', 'TargetUnavailable', 'RunDropped') { 75 } else { 1 })
            }
            if ($result.Drained) { exit 75 }
            """);
    }
}
