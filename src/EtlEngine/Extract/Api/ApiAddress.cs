using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Extract.Api;

/// <summary>How messages show addresses, which addresses belong to the same service, and how their queries are changed.</summary>
internal static class ApiAddress
{
    /// <summary>An address without user, query values and fragment.</summary>
    internal static string Show(Uri uri)
    {
        string path = ShowPath(uri);
        IEnumerable<string> names = uri.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split('=')[0]);
        string query = string.Join('&', names);
        return query.Length == 0 ? path : $"{path}?{query}";
    }

    /// <summary>The same for a message, where a name without a value would look like a mistake: page=….</summary>
    internal static string ShowCall(Uri uri)
    {
        string[] shown = Show(uri).Split('?', 2);
        return shown.Length == 1 ? shown[0] : $"{shown[0]}?{string.Join('&', shown[1].Split('&').Select(name => $"{name}=…"))}";
    }

    /// <summary>An address without user, query and fragment.</summary>
    internal static string ShowPath(Uri uri) => uri.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped);

    /// <summary>Host and port, which is the name of a breaker.</summary>
    internal static string Authority(Uri uri) => $"{uri.IdnHost}:{uri.Port}";

    /// <summary>A cursor as messages show it.</summary>
    internal static string ShowCursor(string? cursor) => string.IsNullOrEmpty(cursor) ? "cursor=empty" : $"cursor={Hash(cursor)[..8]}";

    /// <summary>The SHA-256 of a text in hex digits.</summary>
    internal static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    /// <summary>Whether credentials for one address may be sent to the other: the same host and port, over a connection that is at least as
    /// safe.</summary>
    internal static bool IsSameParty(Uri trusted, Uri other) =>
        string.Equals(trusted.IdnHost, other.IdnHost, StringComparison.OrdinalIgnoreCase)
        && ((trusted.Scheme == other.Scheme && trusted.Port == other.Port)
            || (trusted.Scheme == Uri.UriSchemeHttp && other.Scheme == Uri.UriSchemeHttps && trusted.IsDefaultPort && other.IsDefaultPort));

    /// <summary>A link from a service that is called over https but believes to be http, behind a proxy that terminates TLS: the same link
    /// over https. Any other address is unchanged.</summary>
    internal static Uri AsSafeAs(Uri service, Uri link)
    {
        bool isDowngrade = service.Scheme == Uri.UriSchemeHttps && link.Scheme == Uri.UriSchemeHttp
            && string.Equals(service.IdnHost, link.IdnHost, StringComparison.OrdinalIgnoreCase)
            && (link.Port == service.Port || link.IsDefaultPort);
        return isDowngrade ? new UriBuilder(link) { Scheme = Uri.UriSchemeHttps, Port = service.Port }.Uri : link;
    }

    /// <summary>A value in a query or a form: times are in UTC, as ISO 8601.</summary>
    internal static string TextOf(object? value) => value switch
    {
        DateTime time => TimeText(time),
        DateTimeOffset time => TimeText(time.UtcDateTime),
        _ => InvariantText.Of(value),
    };

    private static string TimeText(DateTime time) => time.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture);

    /// <summary>The address with query parameters set; a name may occur several times.</summary>
    public static Uri With(Uri uri, IEnumerable<KeyValuePair<string, string>> parameters)
    {
        foreach (IGrouping<string, string> named in parameters.GroupBy(pair => pair.Key, pair => pair.Value, StringComparer.Ordinal))
        {
            uri = With(uri, named.Key, named.First());
            string more = string.Concat(named.Skip(1).Select(value => $"&{Uri.EscapeDataString(named.Key)}={Uri.EscapeDataString(value)}"));
            if (more.Length > 0)
                uri = new UriBuilder(uri) { Query = uri.Query.TrimStart('?') + more }.Uri;
        }
        return uri;
    }

    /// <summary>The address with a query parameter set.</summary>
    public static Uri With(Uri uri, string name, string value)
    {
        ArgumentNullException.ThrowIfNull(uri);
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(value);
        string escaped = Uri.EscapeDataString(name);
        IEnumerable<string> others = uri.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries)
            .Where(pair => !string.Equals(Uri.UnescapeDataString(pair.Split('=')[0].Replace('+', ' ')), name, StringComparison.Ordinal));
        return new UriBuilder(uri) { Query = string.Join('&', others.Append($"{escaped}={Uri.EscapeDataString(value)}")) }.Uri;
    }

    /// <summary>The value of a query parameter, or null.</summary>
    internal static string? ValueOf(Uri uri, string name) =>
        uri.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split('=', 2))
            .Where(pair => Uri.UnescapeDataString(pair[0].Replace('+', ' ')) == name)
            .Select(pair => pair.Length > 1 ? Uri.UnescapeDataString(pair[1].Replace('+', ' ')) : "").FirstOrDefault();
}
