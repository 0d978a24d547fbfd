using System.Diagnostics;

namespace EtlTools.Testing;

/// <summary>
/// Kills loads that are one transaction (-Mode Replace, -DeleteMissing) at random moments, from the first records to after the last one. The table
/// must then be wholly the old or wholly the new one.
/// </summary>
/// <param name="connectionString">The database.</param>
/// <param name="manifest">The manifest of the module that loads.</param>
/// <param name="execute">Runs a statement.</param>
/// <param name="read">Gives the one row of a query, its values with | between them.</param>
/// <param name="random">Chooses the moments.</param>
internal sealed class WholeTableKills(string connectionString, string manifest, Action<string> execute, Func<string, string> read, Random random)
{
    private const int OldRows = 1_000;
    private const int NewRows = 20_000;
    private const int Told = 500;
    private const string Old = "1000|0|500500";
    private const string New = "20000|20000|400020000";

    /// <summary>Kills after which the table was the old one.</summary>
    public int LeftOld { get; private set; }

    /// <summary>Kills after which the table was the new one.</summary>
    public int LeftNew { get; private set; }

    /// <summary>Loads once, and kills the load.</summary>
    /// <param name="parameters">The parameters that make it one transaction.</param>
    /// <returns>Whether the table is wholly the old or the new one.</returns>
    public bool Kill(string parameters)
    {
        Reset();
        using Process process = Start(parameters);
        for (int lines = random.Next(1, NewRows / Told); lines >= 0 && process.StandardOutput.ReadLine() is not null; lines--)
        {
        }
        process.WaitForExit(random.Next(300));
        process.Kill();
        process.WaitForExit();
        string found = Look();
        LeftOld += found == Old ? 1 : 0;
        LeftNew += found == New ? 1 : 0;
        return found is Old or New;
    }

    /// <summary>Loads once without a kill.</summary>
    /// <returns>Whether the table is wholly the new one.</returns>
    public bool Finish(string parameters)
    {
        Reset();
        using Process process = Start(parameters);
        Task<string> errors = process.StandardError.ReadToEndAsync();
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 && errors.Result.Length == 0 && Look() == New;
    }

    private string Look() => read("SELECT count(*), sum(CASE WHEN v = 'new' THEN 1 ELSE 0 END), sum(id) FROM whole");

    private void Reset()
    {
        execute("DROP TABLE IF EXISTS whole");
        execute("CREATE TABLE whole (id INTEGER PRIMARY KEY, v TEXT)");
        execute($"INSERT INTO whole WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {OldRows}) SELECT i, 'old' FROM n");
    }

    private Process Start(string parameters) => PwshProgram.Start($$"""
        $ErrorActionPreference = 'Stop'
        Import-Module '{{manifest.Replace("'", "''", StringComparison.Ordinal)}}'
        $result = 1..{{NewRows}} | ForEach-Object {
            if ($_ % {{Told}} -eq 0) { [Console]::Out.WriteLine($_) }
            [pscustomobject]@{ id = 2 * $_; v = 'new' }
        } | Export-EtlSqlUpsert -ConnectionString '{{connectionString.Replace("'", "''", StringComparison.Ordinal)}}' -Table whole -Key id -BatchSize 400 -BufferSize 400 {{parameters}} -Confirm:$false
        """);
}
