using System.Text;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Extract.Api;

/// <summary>Reads what a service itself says about a failure: the beginning of its answer, on one line.</summary>
internal static class ApiDetail
{
    /// <summary>What is kept, in bytes.</summary>
    private const int MaxBytes = 1024;

    /// <summary>An explanation is not waited for as a page is.</summary>
    private static readonly TimeSpan MaxSilence = TimeSpan.FromSeconds(5);

    /// <summary>The beginning of the answer's text; null if it has none, or none that can be read.</summary>
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
            // The status is the failure; that its explanation breaks off changes nothing.
        }
        return OneLine(buffer.AsSpan(0, count));
    }

    /// <summary>The beginning of a text in UTF-8, on one line.</summary>
    public static string? OneLine(ReadOnlySpan<byte> utf8)
    {
        string text = string.Join(' ', Encoding.UTF8.GetString(Utf8Text.Beginning(utf8, MaxBytes)).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return text.Length > 0 ? text : null;
    }

    private static bool IsText(string type) =>
        type.StartsWith("text/", StringComparison.OrdinalIgnoreCase) || type.Contains("json", StringComparison.OrdinalIgnoreCase)
        || type.Contains("xml", StringComparison.OrdinalIgnoreCase) || type.Contains("form", StringComparison.OrdinalIgnoreCase);
}
