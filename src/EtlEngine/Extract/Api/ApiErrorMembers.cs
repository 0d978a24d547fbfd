using System.Text.RegularExpressions;
using EtlTools.Engine.Extract.Json;

namespace EtlTools.Engine.Extract.Api;

/// <summary>
/// The members of a successful answer that mean a failure nevertheless: <c>errors</c>, which is an error unless it is null, false or empty,
/// or <c>status=error</c> and <c>ok!=true</c>, which compare the value.
/// </summary>
internal sealed partial class ApiErrorMembers
{
    private readonly List<(JsonPath Path, string? Value, bool Differs)> _members = [];

    private ApiErrorMembers(bool isDefault) => IsDefault = isDefault;

    /// <summary>GraphQL's convention: <c>errors</c> beside <c>data</c>, or, where a request failed as a whole, with nothing but
    /// <c>extensions</c>. Services without GraphQL may use the name for anything.</summary>
    public static ApiErrorMembers GraphQL { get; } = Make(["errors"], isDefault: true);

    /// <summary>Whether the caller has set none.</summary>
    public bool IsDefault { get; }

    /// <summary>The members.</summary>
    public IEnumerable<JsonPath> Paths => _members.Select(member => member.Path);

    /// <summary>Parses members.</summary>
    /// <exception cref="EtlException">One is not a path.</exception>
    public static ApiErrorMembers Parse(IEnumerable<string> members) => Make(members, isDefault: false);

    /// <summary>The member that reports a failure, and its value unless that was only compared; null if there is none.</summary>
    /// <param name="value">The value at a path as JSON, or null if there is none.</param>
    /// <param name="names">The names of the answer's members.</param>
    public (string Member, string? Json)? Find(Func<JsonPath, string?> value, Func<IEnumerable<string>> names)
    {
        foreach ((JsonPath path, string? wanted, bool differs) in _members)
        {
            string? json = value(path);
            bool isError = wanted is null
                ? json is not (null or "null" or "false" or "\"\"" or "[]" or "{}" or "0")
                : json is not null && string.Equals(JsonWatched.TextOf(json), wanted, StringComparison.OrdinalIgnoreCase) != differs;
            if (isError && (!IsDefault || IsOfGraphQL([.. names()], json!)))
                return (path.ToString(), wanted is null ? json : null);
        }
        return null;
    }

    private static bool IsOfGraphQL(string[] names, string errors) => names.Contains("data")
        || (names.Contains("errors") && Array.TrueForAll(names, name => name is "errors" or "extensions" || name.StartsWith("extensions.", StringComparison.Ordinal))
            && ListOfMessages().IsMatch(errors));

    [GeneratedRegex(@"^\[\s*\{.*""message""\s*:", RegexOptions.Singleline | RegexOptions.CultureInvariant)]
    private static partial Regex ListOfMessages();

    private static ApiErrorMembers Make(IEnumerable<string> members, bool isDefault)
    {
        var made = new ApiErrorMembers(isDefault);
        foreach (string member in members)
        {
            int equals = member.EndsWith(']') ? -1 : member.LastIndexOf('=');
            bool differs = equals > 0 && member[equals - 1] == '!';
            string path = equals < 0 ? member : member[..(differs ? equals - 1 : equals)];
            made._members.Add((JsonPath.Parse(path.Trim(), "ErrorPath"), equals < 0 ? null : member[(equals + 1)..].Trim(), differs));
        }
        return made;
    }
}
