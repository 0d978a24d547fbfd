using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace EtlTools.Testing;

/// <summary>
/// Loads a file or a table, some of whose rows are bad, with a watermark and a dead letter in a process that is killed at random moments and
/// started again until it comes to its end; half of the kills come right after the dead letter has grown, before the commit.
/// Table and dead letters must then be those of a clean run.
/// </summary>
/// <param name="subject">The database.</param>
/// <param name="manifest">The manifest of the module that loads.</param>
/// <param name="source">The command that reads, from the watermark in $from: <see cref="OfFile"/> or <see cref="OfTable"/>.</param>
/// <param name="batchSize">The load's -BatchSize.</param>
/// <param name="random">Chooses the moments.</param>
/// <param name="between">Commands that stand between source and loader, each with a pipe behind it.</param>
internal sealed class KillRuns(IKillSubject subject, string manifest, string source, int batchSize, Random random, string between = "")
{
    public const string Table = "CREATE TABLE orders (order_id INTEGER PRIMARY KEY, customer TEXT, amount TEXT, quantity INTEGER CHECK (quantity < 1000))";

    private (string Table, string Letters) _clean;
    private TimeSpan _duration;
    private int _letters;

    /// <summary>Kills that found rows in the table, but not all.</summary>
    public int MidLoad { get; private set; }

    /// <summary>All kills.</summary>
    public int Kills { get; private set; }

    /// <summary>How long a load takes.</summary>
    public TimeSpan Duration => _duration;

    /// <summary>Starts one load, from where the watermark stands, in a pwsh that writes a line when it is about to.</summary>
    public Process Start() => PwshProgram.Start($$"""
        $ErrorActionPreference = 'Stop'
        Import-Module {{Quoted(manifest)}}
        [Console]::Out.WriteLine('ready')
        $to = @{ ConnectionString = {{Quoted(subject.ConnectionString)}} }
        $from = Get-EtlWatermark job @to
        $result = {{source}} | {{between}}
            Export-EtlSqlUpsert @to -Table orders -Key order_id -ExtraColumn Ignore -BatchSize {{batchSize}} -ThrottleLimit 2 -WatermarkName job -DeadLetterPath {{Quoted(subject.Letters)}} -BreakerCooldownSec 2
        """);

    /// <summary>Reads a file of <see cref="MakeFile"/>.</summary>
    public static string OfFile(string file) => $"Import-EtlCsv {Quoted(file)} -Type @{{ order_id = 'int'; quantity = 'int' }} -ResumeFrom $from";

    /// <summary>Reads the table of <see cref="MakeTable"/> from a database.</summary>
    public static string OfTable(string connectionString) =>
        $"Import-EtlSql -ConnectionString {Quoted(connectionString)} -Table source_orders -WatermarkColumn day, place -ResumeFrom $from";

    /// <summary>Statements that make a table with the rows of <see cref="MakeFile"/>, for SQLite and PostgreSQL.</summary>
    public static string[] MakeTable(long rows) =>
    [
        "CREATE TABLE source_orders (day INTEGER, place INTEGER, order_id INTEGER, customer TEXT, amount TEXT, quantity TEXT, PRIMARY KEY (day, place))",
        string.Create(CultureInfo.InvariantCulture, $"""
            INSERT INTO source_orders
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows})
            SELECT i / 700, i, CASE WHEN i % 5 = 0 THEN i - 3 ELSE i END, 'Customer ' || (i % 5000), (i % 100000 / 100) || '.' || (i % 100 / 10) || (i % 10),
              CASE WHEN i % 997 = 5 THEN 'many' WHEN i % 1009 = 7 THEN '1000' ELSE CAST(i % 9 AS TEXT) END
            FROM n
            """),
    ];

    /// <summary>Makes the file.</summary>
    public static string MakeFile(string path, long rows)
    {
        using var writer = new StreamWriter(path);
        writer.Write("order_id,customer,amount,quantity\n");
        for (long i = 1; i <= rows; i++)
        {
            string quantity = i % 997 == 5 ? "many" : i % 1009 == 7 ? "1000" : $"{i % 9}";
            // Every fifth row is followed by a later one of its key.
            writer.Write(string.Create(CultureInfo.InvariantCulture, $"{(i % 5 == 0 ? i - 3 : i)},Customer {i % 5000},{i % 100_000 / 100m:F2},{quantity}\n"));
        }
        return path;
    }

    /// <summary>Loads once without a kill, and keeps in mind what comes of it.</summary>
    public void RunClean()
    {
        subject.Reset();
        using Process process = Start();
        process.StandardOutput.ReadLine();
        long began = Stopwatch.GetTimestamp();
        Finish(process, killed: false);
        _duration = Stopwatch.GetElapsedTime(began);
        _clean = Look();
        _letters = subject.ReadLetters().Count();
    }

    /// <summary>Loads with kills in between.</summary>
    /// <param name="kills">Kills at most; the process that follows the last one comes to its end.</param>
    /// <returns>Whether the outcome is that of a clean run.</returns>
    public bool RunKilled(int kills)
    {
        subject.Reset();
        int left = kills;
        while (!Attempt(mayKill: left > 0))
            left--;
        return IsClean();
    }

    /// <summary>Whether the outcome is that of a clean run.</summary>
    public bool IsClean() => Look() == _clean;

    /// <summary>Waits for a process's end, which must be a good one unless it was killed.</summary>
    public static void Finish(Process process, bool killed)
    {
        string errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0 && !killed)
            throw new InvalidOperationException($"The load failed: {errors}");
    }

    /// <summary>One process; killed at some moment unless it ends before.</summary>
    /// <returns>True when it came to its end.</returns>
    private bool Attempt(bool mayKill)
    {
        using Process process = Start();
        bool killed = false;
        if (mayKill)
        {
            process.StandardOutput.ReadLine();
            // What is left of the file after a kill takes less time than the whole: later moments would come too late.
            if (random.Next(2) == 0)
                WaitForLetters(random.Next(1 + (_letters / 4)), process);
            else
                process.WaitForExit(random.Next(1 + ((int)_duration.TotalMilliseconds / 2)));
            killed = !process.HasExited;
            process.Kill();
        }
        Finish(process, killed);
        if (process.ExitCode == 0)
            return true;
        Kills++;
        int rows = subject.Rows().Length;
        if (rows > 1 && $"{rows}" != _clean.Table.Split(' ')[0])
            MidLoad++;
        return false;
    }

    /// <summary>Waits until the dead letter has grown so many times and once more, or the process has ended.</summary>
    public void WaitForLetters(int times, Process process)
    {
        var letters = new FileInfo(subject.Letters);
        long length = letters.Exists ? letters.Length : 0;
        while (times >= 0 && !process.WaitForExit(1))
        {
            letters.Refresh();
            if (!letters.Exists || letters.Length == length)
                continue;
            length = letters.Length;
            times--;
        }
    }

    /// <summary>What the table holds and which records the dead letter gives back, each time it does.</summary>
    private (string Table, string Letters) Look() => (Hash(subject.Rows()), Hash(subject.ReadLetters().Order(StringComparer.Ordinal)));

    private static string Hash(IEnumerable<string> lines)
    {
        string[] all = [.. lines];
        return $"{all.Length} {Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', all))))}";
    }

    private static string Quoted(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";
}
