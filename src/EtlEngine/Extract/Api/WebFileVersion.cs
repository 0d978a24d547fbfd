using System.Net.Http.Headers;

namespace EtlTools.Engine.Extract.Api;

/// <summary>Shows whether a file on a web server is still the same.</summary>
internal sealed record WebFileVersion(EntityTagHeaderValue? Tag, DateTimeOffset? Modified, long? Length)
{
    /// <summary>Whether a change would be noticed.</summary>
    public bool CanTell => Tag is not null || Modified is not null;

    /// <summary>Reads it from an answer.</summary>
    public static WebFileVersion Of(HttpResponseMessage answer) => new(
        answer.Headers.ETag, answer.Content.Headers.LastModified,
        answer.Content.Headers.ContentRange is { } range ? range.Length : answer.Content.Headers.ContentLength);

    /// <summary>Requests a part of this version only.</summary>
    public void Require(HttpRequestMessage message)
    {
        // A weak tag is not allowed there; it is compared afterwards.
        if (Tag is { IsWeak: false })
            message.Headers.IfRange = new RangeConditionHeaderValue(Tag);
        else if (Tag is null && Modified is { } modified)
            message.Headers.IfRange = new RangeConditionHeaderValue(modified);
    }

    /// <summary>Whether another answer is of the same version, as far as both say.</summary>
    public bool Is(WebFileVersion other) =>
        (Tag is null || other.Tag is null || Tag.Equals(other.Tag))
        && (Modified is null || other.Modified is null || Modified == other.Modified)
        && (Length is null || other.Length is null || Length == other.Length);
}
