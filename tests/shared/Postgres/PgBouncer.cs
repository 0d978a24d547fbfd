using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Npgsql;
using Xunit;

namespace EtlTools.Testing;

/// <summary>
/// A real PgBouncer on loopback in front of a server of the tests, which gives each transaction whichever session of the server is free.
/// Where the program is not installed, tests that need it are skipped.
/// </summary>
internal sealed class PgBouncer : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("etl-pool-").FullName;
    private readonly Process _pooler;

    /// <param name="server">The server.</param>
    /// <param name="sessions">How many sessions it has on the server.</param>
    public PgBouncer(PostgresServer server, int sessions = 4)
    {
        string? program = new[] { "/usr/sbin/pgbouncer", "/usr/bin/pgbouncer", "/opt/homebrew/bin/pgbouncer", "/usr/local/bin/pgbouncer" }.FirstOrDefault(File.Exists);
        Assert.SkipWhen(program is null, "Needs PgBouncer (on Debian the package pgbouncer).");
        int port = FreePort();
        File.WriteAllText(Path.Combine(_folder, "users.txt"), $"\"postgres\" \"{PostgresServer.Password}\"\n");
        File.WriteAllText(
            Path.Combine(_folder, "pooler.ini"),
            string.Create(
                CultureInfo.InvariantCulture,
                $"""
                [databases]
                * = host=127.0.0.1 port={server.Port}
                [pgbouncer]
                listen_addr = 127.0.0.1
                listen_port = {port}
                unix_socket_dir =
                auth_type = scram-sha-256
                auth_file = {_folder}/users.txt
                pool_mode = transaction
                default_pool_size = {sessions}

                """));
        ConnectionString = new NpgsqlConnectionStringBuilder(server.ConnectionString) { Port = port }.ConnectionString;
        string[] command = [program!, "-q", Path.Combine(_folder, "pooler.ini")];
        // It does not run as root.
        if (!OperatingSystem.IsWindows() && Environment.UserName == "root")
        {
            using (var owner = Process.Start("chown", ["-R", "postgres", _folder]))
                owner.WaitForExit();
            command = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", .. command];
        }
        _pooler = Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardError = true, RedirectStandardOutput = true, WorkingDirectory = _folder })!;
        // Nobody reads them, and a full pipe would stop it.
        _pooler.BeginErrorReadLine();
        _pooler.BeginOutputReadLine();
        for (int attempt = 0; ; attempt++)
        {
            try
            {
                PostgresServer.Execute(ConnectionString, "SELECT 1");
                return;
            }
            catch (NpgsqlException) when (attempt < 100 && !_pooler.HasExited)
            {
                Thread.Sleep(50);
            }
        }
    }

    public string ConnectionString { get; }

    public void Dispose()
    {
        if (!_pooler.HasExited)
            _pooler.Kill();
        _pooler.WaitForExit();
        _pooler.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
