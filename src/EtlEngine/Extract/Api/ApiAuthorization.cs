using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using EtlTools.Engine.Telemetry;

namespace EtlTools.Engine.Extract.Api;

/// <summary>Who calls, as the Authorization header says it.</summary>
internal abstract class ApiAuthorization
{
    /// <summary>Where tokens are fetched; null where none are.</summary>
    internal virtual Uri? TokenUri => null;

    /// <summary>A name and a password, in a form that the redactor is told.</summary>
    public static ApiAuthorization Basic(string user, string password, Redactor redactor) => new Fixed(BasicHeader(user, password, redactor));

    /// <summary>A token.</summary>
    public static ApiAuthorization Bearer(string token) => new Fixed(new AuthenticationHeaderValue("Bearer", token));

    /// <summary>Tokens that are fetched with OAuth's client credentials, and again before they expire. The redactor is told each of
    /// them.</summary>
    public static ApiAuthorization ClientCredentials(Uri tokenUri, string clientId, string clientSecret, string? scope, Redactor redactor) =>
        new OAuth(tokenUri, clientId, clientSecret, scope, redactor);

    /// <summary>The header.</summary>
    internal abstract ValueTask<AuthenticationHeaderValue> GetAsync(ApiTransport transport, CancellationToken cancellationToken);

    /// <summary>The service did not take the header.</summary>
    /// <returns>True when another one may help.</returns>
    internal virtual bool Renew(AuthenticationHeaderValue refused) => false;

    private static AuthenticationHeaderValue BasicHeader(string user, string password, Redactor redactor)
    {
        string encoded = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}"));
        redactor.AddSecret(encoded);
        return new AuthenticationHeaderValue("Basic", encoded);
    }

    private sealed class Fixed(AuthenticationHeaderValue header) : ApiAuthorization
    {
        internal override ValueTask<AuthenticationHeaderValue> GetAsync(ApiTransport transport, CancellationToken cancellationToken) => ValueTask.FromResult(header);
    }

    [SuppressMessage("Design", "CA1001", Justification = "A semaphore whose wait handle nobody asks for holds nothing.")]
    private sealed class OAuth(Uri tokenUri, string clientId, string clientSecret, string? scope, Redactor redactor) : ApiAuthorization
    {
        /// <summary>A token with less life than this left is not used: a request under way would outlive it.</summary>
        private static readonly TimeSpan Margin = TimeSpan.FromSeconds(60);

        private readonly SemaphoreSlim _fetching = new(1);
        private volatile Token? _token;

        internal override Uri TokenUri => tokenUri;

        internal override async ValueTask<AuthenticationHeaderValue> GetAsync(ApiTransport transport, CancellationToken cancellationToken)
        {
            if (_token is { } known && known.GoodUntil > transport.Time.GetUtcNow())
                return known.Header;
            await _fetching.WaitAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                if (_token is { } meanwhile && meanwhile.GoodUntil > transport.Time.GetUtcNow())
                    return meanwhile.Header;
                Token fetched = await FetchAsync(transport, cancellationToken).ConfigureAwait(false);
                _token = fetched;
                return fetched.Header;
            }
            finally
            {
                _fetching.Release();
            }
        }

        internal override bool Renew(AuthenticationHeaderValue refused)
        {
            if (_token is { } token && ReferenceEquals(token.Header, refused))
                _token = null;
            return true;
        }

        private async Task<Token> FetchAsync(ApiTransport transport, CancellationToken cancellationToken)
        {
            AuthenticationHeaderValue basic = BasicHeader(Uri.EscapeDataString(clientId), Uri.EscapeDataString(clientSecret), redactor);
            List<KeyValuePair<string, string>> form = [KeyValuePair.Create("grant_type", "client_credentials")];
            if (scope is not null)
                form.Add(KeyValuePair.Create("scope", scope));
            byte[] answer = await transport.FetchTokenAsync(tokenUri, basic, form, cancellationToken).ConfigureAwait(false);
            try
            {
                using var document = JsonDocument.Parse(answer);
                JsonElement root = document.RootElement;
                if (root.GetProperty("access_token").GetString() is not { Length: > 0 } token)
                    throw NoToken(null);
                redactor.AddSecret(token);
                return new Token(new AuthenticationHeaderValue("Bearer", token), transport.Time.GetUtcNow() + LifeOf(root));
            }
            catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
            {
                throw NoToken(e);
            }
        }

        private static TimeSpan LifeOf(JsonElement root)
        {
            // Some services write the number as text. Without one the token is used until it is refused.
            if (!root.TryGetProperty("expires_in", out JsonElement life)
                || !double.TryParse(life.ToString(), NumberStyles.Float, CultureInfo.InvariantCulture, out double seconds) || seconds is < 0 or > 1e9)
            {
                return TimeSpan.FromDays(365);
            }
            var whole = TimeSpan.FromSeconds(seconds);
            return whole > 2 * Margin ? whole - Margin : whole / 2;
        }

        private ApiCallException NoToken(Exception? inner) => ApiCallException.Refusal(
            FailureCodes.AuthenticationFailed, $"{ApiAddress.Show(tokenUri)} gave no access_token.", inner);

        private sealed record Token(AuthenticationHeaderValue Header, DateTimeOffset GoodUntil);
    }
}
