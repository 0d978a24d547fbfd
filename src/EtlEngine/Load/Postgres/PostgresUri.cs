using System.Globalization;
using Npgsql;

namespace EtlTools.Engine.Load.Postgres;

/// <summary>
/// Connection URIs in libpq's format (https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS):
/// postgresql://user:password@host:port/database?sslmode=require.
/// </summary>
internal static class PostgresUri
{
    private static readonly string[] Schemes = ["postgresql://", "postgres://"];

    /// <summary>Whether a connection string is a URI.</summary>
    public static bool Is(string text) => Array.Exists(Schemes, scheme => text.StartsWith(scheme, StringComparison.OrdinalIgnoreCase));

    /// <summary>Parses a URI.</summary>
    /// <exception cref="EtlException">It cannot be parsed; the message quotes only a parameter's name.</exception>
    public static NpgsqlConnectionStringBuilder Parse(string uri)
    {
        string rest = uri[(uri.IndexOf("//", StringComparison.Ordinal) + 2)..];
        int question = rest.IndexOf('?', StringComparison.Ordinal);
        string query = question < 0 ? "" : rest[(question + 1)..];
        rest = question < 0 ? rest : rest[..question];
        int slash = rest.IndexOf('/', StringComparison.Ordinal);
        string authority = slash < 0 ? rest : rest[..slash];
        string database = slash < 0 ? "" : rest[(slash + 1)..];
        int at = authority.LastIndexOf('@');
        string user = at < 0 ? "" : authority[..at];
        var builder = new NpgsqlConnectionStringBuilder();
        SetHosts(builder, authority[(at + 1)..]);
        if (database.Length > 0)
            builder.Database = Decode(database);
        int colon = user.IndexOf(':', StringComparison.Ordinal);
        if (user.Length > 0 && colon != 0)
            builder.Username = Decode(colon < 0 ? user : user[..colon]);
        if (colon >= 0)
            builder.Password = Decode(user[(colon + 1)..]);
        foreach (string pair in query.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            int equals = pair.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
                throw Unreadable();
            Set(builder, Decode(pair[..equals]), Decode(pair[(equals + 1)..]));
        }
        return builder;
    }

    /// <summary>The password in a connection URI, decoded and as it is written; none for another text.</summary>
    public static IEnumerable<string> SecretsIn(string text)
    {
        if (!Is(text))
            yield break;
        string rest = text[(text.IndexOf("//", StringComparison.Ordinal) + 2)..];
        int end = rest.IndexOfAny(['/', '?']);
        // A password that should have been encoded may contain a slash.
        int at = Math.Max(rest.LastIndexOf('@'), end < 0 ? -1 : rest[..end].LastIndexOf('@'));
        if (at > 0 && rest[..at].IndexOf(':', StringComparison.Ordinal) is >= 0 and var colon)
        {
            yield return rest[(colon + 1)..at];
            yield return Uri.UnescapeDataString(rest[(colon + 1)..at]);
        }
        int question = rest.IndexOf('?', StringComparison.Ordinal);
        foreach (string pair in question < 0 ? [] : rest[(question + 1)..].Split('&'))
        {
            if (!pair.StartsWith("password=", StringComparison.OrdinalIgnoreCase) && !pair.StartsWith("sslpassword=", StringComparison.OrdinalIgnoreCase))
                continue;
            string value = pair[(pair.IndexOf('=', StringComparison.Ordinal) + 1)..];
            yield return value;
            yield return Uri.UnescapeDataString(value);
        }
    }

    /// <summary>One host with its port, or several in the driver's notation.</summary>
    private static void SetHosts(NpgsqlConnectionStringBuilder builder, string hosts)
    {
        if (hosts.Length == 0)
            return;
        if (hosts.Contains(',', StringComparison.Ordinal))
        {
            builder.Host = Decode(hosts);
            return;
        }
        int colon = hosts.LastIndexOf(':');
        bool hasPort = colon >= 0 && colon > hosts.LastIndexOf(']');
        if (hasPort)
            builder.Port = ReadNumber(hosts[(colon + 1)..]);
        builder.Host = Decode(hasPort ? hosts[..colon] : hosts).Trim('[', ']');
    }

    private static void Set(NpgsqlConnectionStringBuilder builder, string name, string value)
    {
        if (!LibpqNames.TryGet(name, out string? keyword))
            throw PostgresSource.Invalid($"The connection URI has '{name}', which is not known here.{NearName.Hint(name, LibpqNames.All)} Leave it out, or write the connection as 'Host=db;Database=shop;Username=etl'.");
        try
        {
            builder[keyword] = keyword == "SSL Mode" ? value.Replace("-", "", StringComparison.Ordinal) : value;
        }
        catch (Exception e) when (e is ArgumentException or FormatException or InvalidCastException or OverflowException)
        {
            throw PostgresSource.Invalid($"The connection URI has a value for '{name}' that cannot be used.");
        }
    }

    private static int ReadNumber(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int port) ? port : throw Unreadable();

    private static string Decode(string text) => Uri.UnescapeDataString(text);

    private static EtlException Unreadable() => PostgresSource.Invalid(
        "-ConnectionString cannot be read as a connection URI. Write it as 'postgresql://user:password@host:5432/database?sslmode=require'; characters such as @ : / ? # % in user or password are written as %40 %3A %2F %3F %23 %25.");
}
