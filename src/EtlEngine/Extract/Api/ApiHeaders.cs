using System.Buffers;

namespace EtlTools.Engine.Extract.Api;

/// <summary>Checks headers before anything is sent: one that cannot be sent never can.</summary>
internal static class ApiHeaders
{
    private static readonly SearchValues<char> NameCharacters =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");

    private static readonly HashSet<string> OfContent = new(StringComparer.OrdinalIgnoreCase)
    {
        "Allow", "Content-Disposition", "Content-Encoding", "Content-Language", "Content-Length", "Content-Location", "Content-MD5",
        "Content-Range", "Content-Type", "Expires", "Last-Modified",
    };

    /// <summary>Whether a header is the body's, and sent only where there is one.</summary>
    public static bool IsOfContent(string name) => OfContent.Contains(name);

    /// <summary>Headers that can be sent: without space around their values.</summary>
    /// <exception cref="EtlException">One cannot be sent.</exception>
    public static IReadOnlyList<KeyValuePair<string, string>> Check(IEnumerable<KeyValuePair<string, string>> headers) =>
        [.. headers.Select(header => KeyValuePair.Create(CheckName(header.Key), CheckValue(header.Value, $"-Headers: the value of '{header.Key}'")))];

    /// <summary>A value that can be sent, without space around it, as a token read from a file has it.</summary>
    /// <exception cref="EtlException">It cannot be sent.</exception>
    public static string CheckValue(string value, string what)
    {
        value = value.Trim();
        if (value.AsSpan().ContainsAnyInRange('\0', '\u001F') || value.Contains('\u007F'))
            throw Invalid($"{what} has a line end or another control character in it.");
        return value.AsSpan().ContainsAnyExceptInRange(' ', '~')
            ? throw Invalid($"{what} has characters that are not ASCII, and cannot be sent in a header. Encode it as the service asks.")
            : value;
    }

    private static string CheckName(string name)
    {
        if (name.Length == 0 || name.AsSpan().ContainsAnyExcept(NameCharacters))
            throw Invalid($"-Headers: '{name}' is not a header name. Blanks, colons and characters beyond ASCII are not allowed.");
        return string.Equals(name, "Content-Length", StringComparison.OrdinalIgnoreCase)
            ? throw Invalid("-Headers: Content-Length is computed from the body. Leave it out.")
            : name;
    }

    private static EtlException Invalid(string message) => new(FailureCodes.InvalidParameter, FailureKind.InvalidCall, message);
}
