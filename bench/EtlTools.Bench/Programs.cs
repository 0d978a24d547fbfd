using System.Diagnostics;
using EtlTools.Testing;

namespace EtlTools.Bench;

/// <summary>The databases' own clients, whose absence fails a bench, and other programs that it runs.</summary>
internal static class Programs
{
    public static string Sqlite3(string database, string script) => Run("sqlite3", ["-batch", "-bail", database], script, null);

    public static string Psql(PostgresServer server, string script) => Run(
        "psql", ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", $"{server.Port}", "-U", "postgres", "postgres"], script, PostgresServer.Password);

    /// <summary>Whether a program is found on the path.</summary>
    public static bool IsInstalled(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Any(folder => File.Exists(Path.Combine(folder, OperatingSystem.IsWindows() ? program + ".exe" : program)));

    /// <summary>Fails where a program is not installed.</summary>
    public static void Require(params ReadOnlySpan<string> programs)
    {
        foreach (string program in programs)
        {
            if (!IsInstalled(program))
                throw new InvalidOperationException($"{program} is not installed: this bench has nothing to compare with.");
        }
    }

    /// <summary>What a program prints; a failure is fatal.</summary>
    public static string Output(string program, string[] arguments, string? password = null)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true };
        if (password is not null)
            start.Environment["PGPASSWORD"] = password;
        using Process child = Process.Start(start)!;
        string output = child.StandardOutput.ReadToEnd();
        child.WaitForExit();
        return child.ExitCode == 0 ? output.Trim() : throw new InvalidOperationException($"{program} failed with exit code {child.ExitCode}.");
    }

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
        Require(program);
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
}
