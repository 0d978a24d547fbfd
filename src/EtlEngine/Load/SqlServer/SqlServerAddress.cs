using System.Text.RegularExpressions;

namespace EtlTools.Engine.Load.SqlServer;

/// <summary>Names of servers.</summary>
internal static partial class SqlServerAddress
{
    private static readonly string[] Prefixes = ["tcp:", "np:", "lpc:", "admin:", "(localdb)", "(local)"];

    private static readonly string[] Domains = [".database.windows.net", ".database.usgovcloudapi.net", ".database.chinacloudapi.cn", ".database.fabric.microsoft.com"];

    /// <summary>Whether a server name can only mean SQL Server: with one of its protocols, with a port after a comma, or in
    /// Azure.</summary>
    public static bool IsOwn(string server) =>
        Array.Exists(Prefixes, prefix => server.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
        || Array.Exists(Domains, domain => server.EndsWith(domain, StringComparison.OrdinalIgnoreCase))
        || CommaPort().IsMatch(server);

    /// <summary>Throws if a name cannot work, and says how to write it.</summary>
    /// <exception cref="EtlException">Says what to change.</exception>
    public static void Require(string server)
    {
        if (ColonPort().Match(server) is { Success: true } colon)
            throw Invalid($"The port in '{server}' follows a colon. SQL Server expects a comma: '{colon.Groups["host"].Value},{colon.Groups["port"].Value}'.");
        if (OperatingSystem.IsWindows())
            return;
        if (server.StartsWith("(localdb)", StringComparison.OrdinalIgnoreCase))
            throw Invalid($"'{server}' is a LocalDB, which exists only on Windows. Name a server, as 'server' or 'server,1433'.");
        string? protocol = server.StartsWith("np:", StringComparison.OrdinalIgnoreCase) || server.StartsWith(@"\\", StringComparison.Ordinal) ? "named pipes"
            : server.StartsWith("lpc:", StringComparison.OrdinalIgnoreCase) ? "shared memory"
            : null;
        if (protocol is not null)
            throw Invalid($"'{server}' uses {protocol}, which the driver supports only on Windows. Name the server as 'server' or 'server,1433', and enable TCP connections on it.");
    }

    public static EtlException Invalid(string message, Exception? inner = null) =>
        new(FailureCodes.InvalidConnectionString, FailureKind.InvalidCall, message, inner);

    [GeneratedRegex(@"^[^,]+,\s*\d{1,5}$", RegexOptions.CultureInvariant)]
    private static partial Regex CommaPort();

    // Exactly one colon, because an IPv6 address has more.
    [GeneratedRegex(@"^(?:tcp:)?(?<host>[^,:\\/\[\]]+):(?<port>\d{1,5})$", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex ColonPort();
}
