using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using EtlTools.Engine.Extract.Json;
using EtlTools.Engine.Records;
using EtlTools.Engine.Resilience;
using EtlTools.Engine.Telemetry;

namespace EtlTools.Engine.Extract.Api;

/// <summary>How OAuth tokens are requested.</summary>
internal sealed record ApiTokenRequest
{
    /// <summary>The address.</summary>
    public required Uri Uri { get; init; }

    /// <summary>The client's id; null if a signed assertion says who the client is.</summary>
    public string? ClientId { get; init; }

    /// <summary>The client's secret; null if it has none.</summary>
    public string? ClientSecret { get; init; }

    /// <summary>Whether id and secret are in the form instead of the header. Default false.</summary>
    public bool InBody { get; init; }

    /// <summary>The scope of the token; null for the service's default.</summary>
    public string? Scope { get; init; }

    /// <summary>A refresh token; null, the default, to use the client's own credentials.</summary>
    public string? RefreshToken { get; init; }

    /// <summary>Further members of the form, such as audience or resource. Default none.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Members { get; init; } = [];

    /// <summary>Called with each new secret, so that it is redacted everywhere.</summary>
    public required Redactor Redactor { get; init; }
}

/// <summary>OAuth tokens, by client credentials or a refresh token.</summary>
internal sealed class ApiTokens(ApiTokenRequest request) : ApiAuthorization
{
    /// <summary>A token that expires sooner is not used, because a request could outlast it.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(60);

    private readonly OneAtATime<Token> _token = new();
    private volatile string? _refreshToken = request.RefreshToken;

    public override Uri TokenUri => request.Uri;

    public override async ValueTask<AuthenticationHeaderValue> GetAsync(ApiTransport transport, CancellationToken cancellationToken) =>
        (await _token.GetAsync(token => token.GoodUntil > transport.Time.GetUtcNow(), token => FetchAsync(transport, token), cancellationToken).ConfigureAwait(false)).Header;

    public override bool Renew(AuthenticationHeaderValue refused)
    {
        if (_token.Known is { } token && ReferenceEquals(token.Header, refused))
            _token.Drop(token);
        return true;
    }

    private async Task<Token> FetchAsync(ApiTransport transport, CancellationToken cancellationToken)
    {
        byte[] answer = await transport.FetchTokenAsync(request.Uri, Client(), Form(), cancellationToken).ConfigureAwait(false);
        try
        {
            using var document = JsonDocument.Parse(answer.AsMemory(answer.Length - JsonPreamble.Skip(answer).Length));
            JsonElement root = document.RootElement;
            if (TextOf(root, "refresh_token") is { } refresh)
                _refreshToken = Learned(refresh);
            return TextOf(root, "access_token") is { } token
                ? new Token(new AuthenticationHeaderValue("Bearer", Learned(ApiHeaders.CheckValue(token, "The access_token"))), transport.Time.GetUtcNow() + LifeOf(root))
                : throw NoToken(ApiAnswer.DescribeKeys(root), detail: ErrorIn(root));
        }
        catch (JsonTextException e)
        {
            throw NoToken($"{e.Message} Check -TokenUri, and whether a proxy or a login page answers in its place.", e);
        }
        catch (JsonException e)
        {
            throw NoToken("The answer is not valid JSON. Check -TokenUri.", e);
        }
    }

    /// <summary>The error that a successful answer reports nevertheless, or null. Its other members may hold a token under some name, and are not
    /// shown.</summary>
    private static string? ErrorIn(JsonElement root)
    {
        bool isReported = TextOf(root, "error") is not null
            || (root.ValueKind == JsonValueKind.Object && root.TryGetProperty("error", out JsonElement error) && error.ValueKind == JsonValueKind.Object);
        if (!isReported)
            return null;
        IEnumerable<string> told = root.EnumerateObject()
            .Where(member => member.Name is "error" or "error_description" or "error_uri")
            .Select(member => $"\"{member.Name}\":{member.Value.GetRawText()}");
        return ApiDetail.OneLine(Encoding.UTF8.GetBytes($"{{{string.Join(',', told)}}}"));
    }

    private static string? TextOf(JsonElement root, string name) =>
        root.ValueKind == JsonValueKind.Object && root.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String
            && JsonString.ReadAsWritten(value) is { Length: > 0 } text ? text : null;

    private string Learned(string secret)
    {
        request.Redactor.AddSecret(secret);
        return secret;
    }

    private AuthenticationHeaderValue? Client() => request is { InBody: false, ClientId: { } id, ClientSecret: { } secret }
        ? BasicHeader(Uri.EscapeDataString(id), Uri.EscapeDataString(secret), request.Redactor)
        : null;

    private List<KeyValuePair<string, string>> Form()
    {
        List<KeyValuePair<string, string>> form = _refreshToken is { } refresh
            ? [KeyValuePair.Create("grant_type", "refresh_token"), KeyValuePair.Create("refresh_token", refresh)]
            : [KeyValuePair.Create("grant_type", "client_credentials")];
        if (request.Scope is not null)
            form.Add(KeyValuePair.Create("scope", request.Scope));
        if (request.ClientId is not null && (request.InBody || request.ClientSecret is null))
            form.Add(KeyValuePair.Create("client_id", request.ClientId));
        if (request.InBody && request.ClientSecret is not null)
            form.Add(KeyValuePair.Create("client_secret", request.ClientSecret));
        form.RemoveAll(member => request.Members.Any(given => given.Key == member.Key));
        form.AddRange(request.Members);
        return form;
    }

    private static TimeSpan LifeOf(JsonElement root)
    {
        // Some services return the number as text. Without it, the token is used until it is refused.
        if (!root.TryGetProperty("expires_in", out JsonElement life)
            || !double.TryParse(life.ToString(), NumberStyles.Float, CultureInfo.InvariantCulture, out double seconds) || seconds is < 0 or > 1e9)
        {
            return TimeSpan.FromDays(365);
        }
        var whole = TimeSpan.FromSeconds(seconds);
        return whole > 2 * Margin ? whole - Margin : whole / 2;
    }

    private ApiCallException NoToken(string why, Exception? inner = null, string? detail = null) =>
        new(new FailureVerdict(FailureClass.Refusal, FailureCodes.AuthenticationFailed), FailureCodes.AuthenticationFailed, $"{ApiAddress.Show(request.Uri)} returned no access_token. {why}", inner) { Detail = detail };

    private sealed record Token(AuthenticationHeaderValue Header, DateTimeOffset GoodUntil);
}
