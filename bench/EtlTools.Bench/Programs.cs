using System.ComponentModel;
using System.Diagnostics;
using EtlTools.Testing;

namespace EtlTools.Bench;

/// <summary>The databases' own clients. A bench whose peer is not installed fails.</summary>
internal static class Programs
{
    public static string Sqlite3(string database, string script) => Run("sqlite3", ["-batch", "-bail", database], script, null);

    public static string Psql(PostgresServer server, string script) => Run(
        "psql", ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", $"{server.Port}", "-U", "postgres", "postgres"], script, PostgresServer.Password);

    private static string Run(string program, string[] arguments, string script, string? password)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        if (password is not null)
            start.Environment["PGPASSWORD"] = password;
        try
        {
            using Process process = Process.Start(start)!;
            Task<string> output = process.StandardOutput.ReadToEndAsync();
            Task<string> errors = process.StandardError.ReadToEndAsync();
            process.StandardInput.Write(script);
            process.StandardInput.Close();
            process.WaitForExit();
            return process.ExitCode == 0 && errors.Result.Length == 0
                ? output.Result
                : throw new InvalidOperationException($"{program} failed: {errors.Result}{output.Result}");
        }
        catch (Win32Exception e)
        {
            throw new InvalidOperationException($"{program} is not installed: this bench has nothing to compare with.", e);
        }
    }
}
