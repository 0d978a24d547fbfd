using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace EtlTools.Engine.Extract.Api;

/// <summary>Checks headers before the first request, because an invalid header never works.</summary>
internal static class ApiHeaders
{
    private static readonly SearchValues<char> NameCharacters =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");

    private static readonly HashSet<string> OfContent = new(StringComparer.OrdinalIgnoreCase)
    {
        "Allow", "Content-Disposition", "Content-Encoding", "Content-Language", "Content-Length", "Content-Location", "Content-MD5",
        "Content-Range", "Content-Type", "Expires", "Last-Modified",
    };

    /// <summary>Whether a header belongs to the body, and is sent only with one.</summary>
    public static bool IsOfContent(string name) => OfContent.Contains(name);

    /// <summary>The values of a header of an answer. .NET reads them as Latin-1; where their bytes are valid UTF-8, that is what the service
    /// sent.</summary>
    public static IReadOnlyList<string> Received(HttpResponseMessage answer, string name) =>
        answer.Headers.TryGetValues(name, out IEnumerable<string>? values) ? [.. values.Select(AsSent)] : [];

    private static string AsSent(string value)
    {
        if (Ascii.IsValid(value) || value.AsSpan().ContainsAnyExceptInRange('\0', '\u00FF'))
            return value;
        byte[] bytes = Encoding.Latin1.GetBytes(value);
        return Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes) : value;
    }

    /// <summary>Valid headers, with trimmed values.</summary>
    /// <exception cref="EtlException">A header is not valid.</exception>
    public static IReadOnlyList<KeyValuePair<string, string>> Check(IEnumerable<KeyValuePair<string, string>> headers) =>
        [.. headers.Select(header => KeyValuePair.Create(CheckName(header.Key), CheckValue(header.Value, $"-Headers: the value of '{header.Key}'")))];

    /// <summary>A valid, trimmed value; a token read from a file, for example, ends with a line end.</summary>
    /// <exception cref="EtlException">The value is not valid.</exception>
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
