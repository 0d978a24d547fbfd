using System.Text;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Extract.Api;

/// <summary>Reads a service's own text about a failure: the beginning of its answer, on one line.</summary>
internal static class ApiDetail
{
    /// <summary>How many bytes are kept.</summary>
    private const int MaxBytes = 1024;

    /// <summary>The time-out for this text is shorter than for a page.</summary>
    private static readonly TimeSpan MaxSilence = TimeSpan.FromSeconds(5);

    /// <summary>The beginning of the answer's text; null if there is none, or it cannot be read.</summary>
    public static async ValueTask<string?> ReadAsync(HttpResponseMessage answer, TimeProvider time, CancellationToken cancellationToken)
    {
        if (answer.Content.Headers.ContentType?.MediaType is { } type && !IsText(type))
            return null;
        var buffer = new byte[MaxBytes];
        int count = 0;
        try
        {
            Stream body = await answer.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
            var limited = new ApiBodyStream(body, MaxBytes, MaxSilence, time, "");
            count = await limited.ReadAtLeastAsync(buffer, MaxBytes, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is ApiCallException or IOException or HttpRequestException)
        {
            // The status is the failure; a broken explanation changes nothing.
        }
        return OneLine(buffer.AsSpan(0, count));
    }

    /// <summary>The beginning of a UTF-8 text, on one line.</summary>
    public static string? OneLine(ReadOnlySpan<byte> utf8)
    {
        string text = string.Join(' ', Encoding.UTF8.GetString(Utf8Text.Beginning(utf8, MaxBytes)).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return text.Length > 0 ? text : null;
    }

    private static bool IsText(string type) =>
        type.StartsWith("text/", StringComparison.OrdinalIgnoreCase) || type.Contains("json", StringComparison.OrdinalIgnoreCase)
        || type.Contains("xml", StringComparison.OrdinalIgnoreCase) || type.Contains("form", StringComparison.OrdinalIgnoreCase);
}
