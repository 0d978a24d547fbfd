using System.Net.Http.Headers;
using System.Text;
using EtlTools.Engine.Telemetry;

namespace EtlTools.Engine.Extract.Api;

/// <summary>The caller's identity in the Authorization header.</summary>
internal abstract class ApiAuthorization
{
    /// <summary>Where tokens are fetched; null if none are.</summary>
    public virtual Uri? TokenUri => null;

    /// <summary>A user name and a password, in a form that the redactor knows.</summary>
    /// <exception cref="EtlException">The user name cannot be sent.</exception>
    public static ApiAuthorization Basic(string user, string password, Redactor redactor) => user.Contains(':', StringComparison.Ordinal)
        ? throw Invalid("-Credential: the user name has a colon, which -Authentication Basic cannot send: the service would read what is behind it as the password.")
        : new Fixed(BasicHeader(user, password, redactor));

    /// <summary>A secret that is not empty, as one from a variable that is not set is.</summary>
    /// <exception cref="EtlException">It is empty.</exception>
    public static string RequireSecret(string secret, string what) =>
        string.IsNullOrWhiteSpace(secret) ? throw Invalid($"{what} is empty. Check the variable or the vault that it comes from.") : secret;

    /// <summary>A token.</summary>
    /// <exception cref="EtlException">It cannot be sent in a header.</exception>
    public static ApiAuthorization Bearer(string token) => new Fixed(OfToken(token, "-Token"));

    /// <summary>Tokens that are fetched with OAuth, and renewed before they expire.</summary>
    public static ApiAuthorization OAuth(ApiTokenRequest request) => new ApiTokens(request);

    /// <summary>Tokens that the caller provides on request.</summary>
    public static ApiAuthorization Of(Func<CancellationToken, Task<string>> give) => new Given(give);

    /// <summary>The header.</summary>
    public abstract ValueTask<AuthenticationHeaderValue> GetAsync(ApiTransport transport, CancellationToken cancellationToken);

    /// <summary>The service refused the header.</summary>
    /// <returns>True if another header may help.</returns>
    public virtual bool Renew(AuthenticationHeaderValue refused) => false;

    /// <summary>A user name and a password as a header.</summary>
    protected static AuthenticationHeaderValue BasicHeader(string user, string password, Redactor redactor)
    {
        string encoded = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}"));
        redactor.AddSecret(encoded);
        return new AuthenticationHeaderValue("Basic", encoded);
    }

    private static AuthenticationHeaderValue OfToken(string token, string what) => new("Bearer", ApiHeaders.CheckValue(RequireSecret(token, what), what));

    private static EtlException Invalid(string message) => new(FailureCodes.InvalidParameter, FailureKind.InvalidCall, message);

    private sealed class Fixed(AuthenticationHeaderValue header) : ApiAuthorization
    {
        public override ValueTask<AuthenticationHeaderValue> GetAsync(ApiTransport transport, CancellationToken cancellationToken) => ValueTask.FromResult(header);
    }

    private sealed class Given(Func<CancellationToken, Task<string>> give) : ApiAuthorization
    {
        private readonly OneAtATime<AuthenticationHeaderValue> _header = new();

        public override ValueTask<AuthenticationHeaderValue> GetAsync(ApiTransport transport, CancellationToken cancellationToken) => _header.GetAsync(
            _ => true, async token => OfToken(await give(token).ConfigureAwait(false), "-TokenScript: the token"), cancellationToken);

        public override bool Renew(AuthenticationHeaderValue refused)
        {
            _header.Drop(refused);
            return true;
        }
    }
}
