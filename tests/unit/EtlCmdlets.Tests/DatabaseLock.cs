using System.Diagnostics;
using Microsoft.Data.Sqlite;

namespace EtlTools.Cmdlets.Tests;

/// <summary>Another process that holds a database's write lock until it is released.</summary>
internal sealed class DatabaseLock : IDisposable
{
    private readonly Process _process;

    public DatabaseLock(string database)
    {
        _process = Process.Start(new ProcessStartInfo("dotnet", [Program, "lock", database])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        _process.StandardOutput.ReadLine();
    }

    /// <summary>This program, which is also that of the other process.</summary>
    public static string Program => typeof(DatabaseLock).Assembly.Location;

    /// <summary>The process's side: locks, says so, and waits to be told to end.</summary>
    public static int Hold(string database)
    {
        using var connection = new SqliteConnection($"Data Source={database};Pooling=False");
        connection.Open();
        using SqliteTransaction transaction = connection.BeginTransaction(deferred: false);
        Console.WriteLine("locked");
        Console.ReadLine();
        return 0;
    }

    /// <summary>Another process's side: writes the number of rows of table t to a file, once there are any.</summary>
    public static int Count(string database, string output)
    {
        using var connection = new SqliteConnection($"Data Source={database};Pooling=False");
        connection.Open();
        for (int attempt = 0; attempt < 600 && Scalar("SELECT count(*) FROM sqlite_schema WHERE name = 't'") == 0; attempt++)
            Thread.Sleep(100);
        for (int attempt = 0; attempt < 600 && Scalar("SELECT count(*) FROM t") == 0; attempt++)
            Thread.Sleep(100);
        File.WriteAllText(output, $"{Scalar("SELECT count(*) FROM t")}");
        return 0;

        long Scalar(string sql)
        {
            using SqliteCommand command = connection.CreateCommand();
            command.CommandText = sql;
            return (long)command.ExecuteScalar()!;
        }
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }
}
