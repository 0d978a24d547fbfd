using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace EtlTools.Testing;

/// <summary>
/// A real PostgreSQL server on loopback with a throw-away cluster, as a child of this process. The server's programs come
/// with the system's package; where they are not, everything that needs them fails.
/// </summary>
internal sealed class PostgresServer : IDisposable
{
    /// <summary>The superuser's password: one that must be quoted in a connection string.</summary>
    public const string Password = "pass;word='1'";

    private readonly string _folder = Directory.CreateTempSubdirectory("etl-pg-").FullName;
    private readonly string _bin = FindPrograms();
    private readonly string[] _asUser;
    private Process? _server;

    public PostgresServer()
    {
        _asUser = OperatingSystem.IsWindows() || Environment.UserName != "root"
            ? []
            : ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"];
        Port = FreePort();
        string passwordFile = Path.Combine(_folder, "password");
        File.WriteAllText(passwordFile, Password);
        if (_asUser.Length > 0)
            Run("chown", ["-R", "postgres", _folder], []);
        Run(
            Program("initdb"),
            ["-D", Data, "-U", "postgres", "-A", "scram-sha-256", "--pwfile", passwordFile, "-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions"], _asUser);
        Start();
    }

    public int Port { get; }

    /// <summary>The superuser's connection string.</summary>
    public string ConnectionString => new NpgsqlConnectionStringBuilder
    {
        Host = "127.0.0.1",
        Port = Port,
        Database = "postgres",
        Username = "postgres",
        Password = Password,
        Timeout = 5,
    }.ConnectionString;

    private string Data => Path.Combine(_folder, "data");

    /// <summary>The server's process, to be killed by a test.</summary>
    public int ProcessId => int.Parse(File.ReadLines(Path.Combine(Data, "postmaster.pid")).First(), System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Fails where the server's programs are not installed.</summary>
    public static void RequirePrograms() => FindPrograms();

    /// <summary>Starts the server and waits until it answers.</summary>
    public void Start()
    {
        string[] command = [
            .. _asUser, Program("postgres"), "-D", Data, "-p", Port.ToString(System.Globalization.CultureInfo.InvariantCulture),
            "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "fsync=off", "-c", "log_destination=stderr",
            "-c", "deadlock_timeout=100ms", "-c", "max_wal_size=2GB", "-c", "shared_buffers=256MB"];
        var start = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardError = true, RedirectStandardOutput = true, WorkingDirectory = _folder };
        _server = Process.Start(start)!;
        // Nobody reads them, and a full pipe would stop the server.
        _server.ErrorDataReceived += (_, _) => { };
        _server.OutputDataReceived += (_, _) => { };
        _server.BeginErrorReadLine();
        _server.BeginOutputReadLine();
        for (int attempt = 0; ; attempt++)
        {
            try
            {
                Execute(ConnectionString, "SELECT 1");
                return;
            }
            catch (NpgsqlException) when (attempt < 300 && !_server.HasExited)
            {
                Thread.Sleep(100);
            }
        }
    }

    /// <summary>Stops the server as a crash would, in the middle of everything.</summary>
    public void StopAtOnce()
    {
        Run("kill", ["-QUIT", ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture)], []);
        _server!.WaitForExit();
    }

    public static void Execute(string connectionString, params string[] statements)
    {
        using var connection = new NpgsqlConnection(connectionString + ";Pooling=false");
        connection.Open();
        foreach (string sql in statements)
        {
            using var command = new NpgsqlCommand(sql, connection);
            command.ExecuteNonQuery();
        }
    }

    public void Dispose()
    {
        if (_server is { HasExited: false })
            StopAtOnce();
        _server?.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static string FindPrograms()
    {
        string[] roots = OperatingSystem.IsWindows()
            ? [@"C:\Program Files\PostgreSQL"]
            : ["/usr/lib/postgresql", "/opt/homebrew/opt", "/usr/local/opt", "/usr/pgsql"];
        string? found = roots.Where(Directory.Exists).SelectMany(root => Directory.GetDirectories(root))
            .Select(folder => Path.Combine(folder, "bin"))
            .Where(bin => File.Exists(Path.Combine(bin, OperatingSystem.IsWindows() ? "initdb.exe" : "initdb")))
            .Order(StringComparer.Ordinal).LastOrDefault();
        return Environment.GetEnvironmentVariable("ETLTOOLS_TEST_PGBIN") ?? found
            ?? throw new InvalidOperationException("PostgreSQL's server programs are not installed: the tests need the package postgresql, or its folder in ETLTOOLS_TEST_PGBIN.");
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private string Program(string name) => Path.Combine(_bin, name);

    private void Run(string program, string[] arguments, string[] asUser)
    {
        string[] command = [.. asUser, program, .. arguments];
        var start = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardError = true, RedirectStandardOutput = true, WorkingDirectory = _folder };
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        string errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{program} failed: {errors}{output.Result}");
    }
}
