using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using Npgsql;

namespace EtlTools.Engine.Load.Postgres;

/// <summary>libpq's names of connection options, and the driver's.</summary>
internal static class LibpqNames
{
    private static readonly Dictionary<string, string> Keywords = new(StringComparer.OrdinalIgnoreCase)
    {
        ["host"] = "Host",
        ["hostaddr"] = "Host",
        ["port"] = "Port",
        ["dbname"] = "Database",
        ["user"] = "Username",
        ["password"] = "Password",
        ["passfile"] = "Passfile",
        ["sslmode"] = "SSL Mode",
        ["sslrootcert"] = "Root Certificate",
        ["sslcert"] = "SSL Certificate",
        ["sslkey"] = "SSL Key",
        ["sslpassword"] = "SSL Password",
        ["connect_timeout"] = "Timeout",
        ["application_name"] = "Application Name",
        ["options"] = "Options",
        ["client_encoding"] = "Client Encoding",
        ["target_session_attrs"] = "Target Session Attributes",
        ["krbsrvname"] = "Kerberos Service Name",
        ["channel_binding"] = "Channel Binding",
        ["keepalives"] = "Tcp Keepalive",
        ["keepalives_idle"] = "Tcp Keepalive Time",
        ["keepalives_interval"] = "Tcp Keepalive Interval",
    };

    public static IEnumerable<string> All => Keywords.Keys;

    /// <summary>The driver's name.</summary>
    public static bool TryGet(string name, [NotNullWhen(true)] out string? keyword) => Keywords.TryGetValue(name, out keyword);

    /// <summary>Which name in a connection string the driver does not know, and what to write instead; null if the message might quote a
    /// part of a password.</summary>
    public static string? WrongName(string connectionString)
    {
        var parts = new DbConnectionStringBuilder();
        try
        {
            parts.ConnectionString = connectionString;
        }
        catch (ArgumentException)
        {
            return null;
        }
        foreach (string name in parts.Keys)
        {
            if (Takes(name))
                continue;
            if (TryGet(name, out string? keyword))
                return $"'{name}' is libpq's name: write {keyword}";
            if (NearName.Hint(name, Keywords.Values) is { Length: > 0 } hint)
                return $"'{name}' is not a name that a connection string has.{hint}";
        }
        return null;
    }

    /// <summary>The name that libpq's notation separates from the previous value by a space, as in 'host=db dbname=shop'.</summary>
    public static string? NameBehindSpace(string? value) => value is null ? null
        : value.Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(1)
            .Select(part => part.Split('=')).Where(part => part.Length > 1).Select(part => part[0]).FirstOrDefault(Keywords.ContainsKey);

    private static bool Takes(string name)
    {
        try
        {
            return new NpgsqlConnectionStringBuilder().ContainsKey(name);
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
