using System.Globalization;
using System.Net;
using System.Net.Http.Headers;

namespace EtlTools.Engine.Extract.Api;

/// <summary>
/// Reads how long the service asks callers to wait: from Retry-After, and from the rate-limit headers of GitHub, of the IETF's drafts and
/// of others.
/// </summary>
internal static class ApiWaits
{
    /// <summary>A larger number of seconds is a time since 1970.</summary>
    private const double LeastEpoch = 1e9;

    /// <summary>A larger number is in milliseconds.</summary>
    private const double LeastEpochMs = 1e11;

    /// <summary>Longer than any limit.</summary>
    private static readonly TimeSpan Forever = TimeSpan.FromDays(36_525);

    private static readonly string[] Resets = ["RateLimit-Reset", "X-RateLimit-Reset", "X-Rate-Limit-Reset", "X-RateLimit-Reset-After"];

    private static readonly string[] Remainings = ["RateLimit-Remaining", "X-RateLimit-Remaining", "X-Rate-Limit-Remaining"];

    /// <summary>Whether the answer means "too many calls". Some services say so with 403.</summary>
    public static bool IsThrottling(HttpResponseMessage answer) => answer.StatusCode switch
    {
        HttpStatusCode.TooManyRequests => true,
        HttpStatusCode.Forbidden => First(answer.Headers, "Retry-After") is not null || HasNoneLeft(answer.Headers),
        _ => false,
    };

    /// <summary>The requested wait; zero for none.</summary>
    public static TimeSpan Read(HttpResponseMessage answer, TimeProvider time)
    {
        // Times are from the service's clock, so they are compared with that clock.
        DateTimeOffset now = answer.Headers.Date ?? time.GetUtcNow();
        TimeSpan asked = answer.Headers.RetryAfter?.Date - now
            ?? Wait(answer.Headers, "Retry-After", now)
            ?? (IsThrottling(answer) ? UntilReset(answer.Headers, now) : TimeSpan.Zero);
        return asked > TimeSpan.Zero ? asked : TimeSpan.Zero;
    }

    private static TimeSpan UntilReset(HttpResponseHeaders headers, DateTimeOffset now)
    {
        if (Parameter(headers, "reset", "t") is { } seconds)
            return Seconds(seconds, now);
        return Resets.Select(name => Wait(headers, name, now)).FirstOrDefault(wait => wait is not null) ?? TimeSpan.Zero;
    }

    /// <summary>The wait of a header with a number of seconds, with or without a fraction, or with a time; null if it has neither.</summary>
    private static TimeSpan? Wait(HttpResponseHeaders headers, string name, DateTimeOffset now) => First(headers, name) is not { } text ? null
        : Number(text) is { } number ? Seconds(number, now)
        : text.Contains(':') && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time) ? time - now
        : null;

    private static TimeSpan Seconds(double number, DateTimeOffset now) => number switch
    {
        >= 1e14 => Forever,
        >= LeastEpochMs => DateTimeOffset.FromUnixTimeMilliseconds((long)number) - now,
        >= LeastEpoch => DateTimeOffset.FromUnixTimeSeconds((long)Math.Ceiling(number)) - now,
        > 0 => TimeSpan.FromSeconds(number),
        _ => TimeSpan.Zero,
    };

    private static bool HasNoneLeft(HttpResponseHeaders headers) =>
        Parameter(headers, "remaining", "r") == 0 || Remainings.Any(name => First(headers, name) is { } text && Number(text) == 0);

    /// <summary>A parameter of the RateLimit header: <c>limit=10, remaining=0, reset=7</c>, or <c>"default";r=0;t=7</c>.</summary>
    private static double? Parameter(HttpResponseHeaders headers, params ReadOnlySpan<string> names)
    {
        foreach (string part in (First(headers, "RateLimit") ?? "").Split([',', ';'], StringSplitOptions.TrimEntries))
        {
            string[] pair = part.Split('=', 2, StringSplitOptions.TrimEntries);
            if (pair.Length == 2 && names.Contains(pair[0]))
                return Number(pair[1]);
        }
        return null;
    }

    private static string? First(HttpResponseHeaders headers, string name) =>
        headers.NonValidated.TryGetValues(name, out HeaderStringValues values) ? values.First() : null;

    private static double? Number(string text) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out double number)
            ? number
            : null;
}
