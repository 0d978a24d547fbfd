using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Security;
using System.Text;
using System.Text.RegularExpressions;
using EtlTools.Engine.Load.Postgres;

namespace EtlTools.Engine.Telemetry;

/// <summary>
/// Removes secrets from texts that are shown or written. Every message, log line, metric tag and span attribute passes it. It knows the
/// values of keys that name secrets, bearer and basic credentials, user and password in an address, tokens of the usual form, each secret
/// that the session was given, and the patterns of -RedactPattern. Any thread.
/// </summary>
internal sealed partial class Redactor
{
    /// <summary>The text that replaces a secret.</summary>
    public const string Mask = "***";

    /// <summary>Shorter secrets are not searched for as plain text, because that would garble every message.</summary>
    private const int MinSecretLength = 4;

    /// <summary>The number of secrets remembered; then the oldest is dropped, so that renewed tokens do not fill the memory.</summary>
    private const int MaxSecrets = 1000;

    private const string SecretNames = "password|passwd|passphrase|pwd|secret|token|key|credential|authorization|cookie|signature";

    private static readonly TimeSpan PatternTimeout = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();

    /// <summary>The secrets, the latest last.</summary>
    private readonly List<string> _known = [];

    /// <summary>The longest secrets first, so that none is cut by another that is a part of it.</summary>
    private volatile string[] _secrets = [];
    private volatile Regex[] _patterns = [];

    /// <summary>A redactor that knows the general forms, but no secrets.</summary>
    public static Redactor Standard { get; } = new();

    /// <summary>Remembers a secret, and its encoded forms in addresses.</summary>
    public void AddSecret(string? secret)
    {
        if (secret is null || secret.Length < MinSecretLength)
            return;
        lock (_lock)
        {
            foreach (string form in new[] { secret, Uri.EscapeDataString(secret) })
            {
                _known.Remove(form);
                _known.Add(form);
            }
            _known.RemoveRange(0, Math.Max(0, _known.Count - MaxSecrets));
            _secrets = [.. _known.OrderByDescending(known => known.Length)];
        }
    }

    /// <summary>Remembers a secret.</summary>
    public void AddSecret(SecureString? secret)
    {
        if (secret is not null)
            AddSecret(new NetworkCredential("", secret).Password);
    }

    /// <summary>True for the name of a parameter or a part of a connection string whose value is a secret.</summary>
    public static bool NamesSecret(string key) => SecretKey().IsMatch(key);

    /// <summary>Remembers the secrets of a connection string; if it cannot be parsed, all of it is a secret.</summary>
    public void AddConnectionString(string connectionString)
    {
        if (PostgresUri.Is(connectionString))
        {
            foreach (string secret in PostgresUri.SecretsIn(connectionString))
                AddSecret(secret);
            return;
        }
        try
        {
            var parts = new DbConnectionStringBuilder { ConnectionString = connectionString };
            foreach (string key in parts.Keys)
            {
                if (NamesSecret(key))
                    AddSecret(Convert.ToString(parts[key], CultureInfo.InvariantCulture));
            }
        }
        catch (ArgumentException)
        {
            AddSecret(connectionString);
        }
    }

    /// <summary>Remembers the secrets of a header: its value with and without a scheme, the password of Basic, the values of cookies.</summary>
    public void AddHeader(string name, string value)
    {
        if (!SecretHeader().IsMatch(name))
            return;
        AddSecret(value);
        // The parts of other schemes: Token token="…", or Signature keyId="…",signature="…".
        AddText(value);
        // Without the scheme, as in "Bearer …".
        string bare = value[(value.LastIndexOf(' ') + 1)..];
        AddSecret(bare);
        Span<byte> decoded = stackalloc byte[512];
        if (value.StartsWith("Basic ", StringComparison.OrdinalIgnoreCase) && Convert.TryFromBase64String(bare, decoded, out int length)
            && Encoding.UTF8.GetString(decoded[..length]).Split(':', 2) is [_, var password])
            AddSecret(password);
        if (!name.Equals("Cookie", StringComparison.OrdinalIgnoreCase))
            return;
        foreach (string cookie in value.Split(';'))
            AddCookie(cookie[(cookie.IndexOf('=', StringComparison.Ordinal) + 1)..]);
    }

    /// <summary>Remembers the value of a cookie. One that a web page keeps there, such as "true", is no secret and would garble messages.</summary>
    public void AddCookie(string value)
    {
        const int shortest = 8;
        if (value.Length >= shortest)
            AddSecret(value);
    }

    /// <summary>Remembers the secrets in an address: a password before the host, and the parameters that are named like secrets.</summary>
    public void AddAddress(string address)
    {
        if (AddressPassword().Match(address) is { Success: true } user)
            AddSecret(Uri.UnescapeDataString(user.Groups[1].Value));
        AddText(address[(address.IndexOf('?', StringComparison.Ordinal) + 1)..]);
    }

    /// <summary>Remembers the values in a query or a body that are named like secrets. A service may repeat them in its answer.</summary>
    public void AddText(string text)
    {
        foreach (Match pair in Pair().Matches(text))
        {
            string value = pair.Groups["value"].Value;
            // What is in braces comes from a record.
            if (!SecretParameter().IsMatch(pair.Groups[1].Value) || value.Contains('{', StringComparison.Ordinal))
                continue;
            AddSecret(value);
            AddSecret(Uri.UnescapeDataString(value));
        }
    }

    /// <summary>Remembers the value of a member of a body if it is named like a secret.</summary>
    public void AddMember(string name, string value)
    {
        if (SecretParameter().IsMatch(name) && !value.Contains('{', StringComparison.Ordinal))
            AddSecret(value);
    }

    /// <summary>Remembers the value of a member of a request for a token if it is named like a secret, or is a code to log in with.</summary>
    public void AddTokenMember(string name, string value)
    {
        if (SecretParameter().IsMatch(name) || LoginCode().IsMatch(name))
            AddSecret(value);
    }

    /// <summary>Replaces all earlier patterns. Matches become <see cref="Mask"/>.</summary>
    /// <exception cref="EtlException">A pattern is not a regular expression.</exception>
    public void SetPatterns(IEnumerable<string> patterns)
    {
        ArgumentNullException.ThrowIfNull(patterns);
        _patterns = [.. patterns.Select(Compile)];
    }

    /// <summary>The text without secrets.</summary>
    [return: NotNullIfNotNull(nameof(text))]
    public string? Redact(string? text)
    {
        if (string.IsNullOrEmpty(text))
            return text;
        foreach (string secret in _secrets)
            text = text.Replace(secret, Mask, StringComparison.Ordinal);
        text = AddressUser().Replace(text, "$1***@");
        text = Credential().Replace(text, "$1 ***");
        text = NamedValue().Replace(text, "$1***");
        text = Token().Replace(text, Mask);
        foreach (Regex pattern in _patterns)
            text = Apply(pattern, text);
        return text;
    }

    private static Regex Compile(string pattern)
    {
        try
        {
            var regex = new Regex(pattern, RegexOptions.CultureInvariant, PatternTimeout);
            return !regex.IsMatch("") ? regex : throw new EtlException(
                FailureCodes.InvalidParameter, FailureKind.InvalidCall,
                "-RedactPattern contains a pattern that matches the empty text, and so every place of every message. Write \\d+ in place of \\d*; to end the patterns, use -RedactPattern @().");
        }
        catch (ArgumentException e)
        {
            throw new EtlException(FailureCodes.InvalidParameter, FailureKind.InvalidCall, "-RedactPattern contains a text that is not a regular expression.", e);
        }
    }

    private static string Apply(Regex pattern, string text)
    {
        try
        {
            return pattern.Replace(text, Mask);
        }
        catch (RegexMatchTimeoutException)
        {
            // No message is better than one that may contain a secret.
            return Mask;
        }
    }

    [GeneratedRegex(@"\b([a-z][a-z0-9+.\-]*://)[^\s/?#@'""]+@", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex AddressUser();

    [GeneratedRegex(@"\b(bearer|basic|negotiate|digest)\s+(?!\*\*\*)[\w.~+/=\-]{8,}", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Credential();

    // Keys in connection strings, headers, queries and JSON, with their value up to its end. In JSON inside JSON quotes have backslashes; a
    // text that is cut short has no closing quote.
    [GeneratedRegex(
        @"((?<![a-z])(?:[a-z]+[_\- ]?)?(?:password|passwd|passphrase|pwd|secret|token|api[_\- ]?key|access[_\- ]?key(?:[_\- ]?id)?|account[_\- ]?key|shared[_\- ]?key|private[_\- ]?key|client[_\- ]?secret|assertion|credential|signature|sig|authorization|auth|cookie)\\*[""']?\s*[=:]\s*(?:(?:bearer|basic|negotiate|digest)\s+)?)(?!\*\*\*|(?:bearer|basic|negotiate|digest)\s)(?:(?<escape>\\*)(?<quote>[""']).*?(?:(?<!\\)\k<escape>\k<quote>|$)|[^\s;,&""'<>)\]}]+)",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.Singleline)]
    private static partial Regex NamedValue();

    [GeneratedRegex(SecretNames, RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex SecretKey();

    [GeneratedRegex(SecretNames + "|session|sign", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex SecretHeader();

    // Narrower than for headers: a column may be called sort_key.
    [GeneratedRegex(@"password|passwd|passphrase|pwd|secret|token|assertion$|credential|signature|(?:api|access|account|shared|private|subscription|function|consumer)[_\- ]?key|^(?:x[_\-])?key$|^sig$|^auth", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex SecretParameter();

    [GeneratedRegex(@"^(?:device_)?code(?:_verifier)?$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex LoginCode();

    [GeneratedRegex(@"([\w\-.]+)\\*[""']?\s*[=:]\s*(?:(?<escape>\\*)(?<quote>[""'])(?<value>.*?)(?<!\\)\k<escape>\k<quote>|[""']?(?<value>[^\s;,&""'<>)\]]+))", RegexOptions.CultureInvariant | RegexOptions.Singleline)]
    private static partial Regex Pair();

    [GeneratedRegex(@"^[a-z][a-z0-9+.\-]*://[^\s/?#@:]*:([^\s/?#@]+)@", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex AddressPassword();

    [GeneratedRegex(@"\beyJ[\w\-]{8,}\.[\w\-]{8,}(?:\.[\w\-]*)?", RegexOptions.CultureInvariant)]
    private static partial Regex Token();
}
