using System.Text.Json;
using EtlTools.Engine.Partitions;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Load.Shares;

/// <summary>What all shares of a load must agree on. It is stored beside the watermarks, because the database is the one thing that all
/// shares reach.</summary>
internal sealed record SharePlan
{
    private const int FormatVersion = 1;

    /// <summary>The form of the plan.</summary>
    public int Version { get; init; } = FormatVersion;

    /// <summary>How keys are hashed.</summary>
    public int Hash { get; init; } = KeyHash.Version;

    /// <summary>How many shares there are.</summary>
    public required int Count { get; init; }

    /// <summary>The columns of the key.</summary>
    public required IReadOnlyList<string> Key { get; init; }

    /// <summary>The sources in the order of reading, up to the last one that a share has reached.</summary>
    public IReadOnlyList<PinnedSource> Sources { get; init; } = [];

    /// <summary>The result, after all shares are complete and merged; null before.</summary>
    public ShareCounts? Folded { get; init; }

    public string ToJson() => JsonSerializer.Serialize(this);

    /// <summary>Reads a plan; null for none.</summary>
    public static SharePlan? Parse(string? text) => text is null ? null : JsonSerializer.Deserialize<SharePlan>(text);

    /// <summary>Throws if a share differs from the others.</summary>
    public void RequireSame(SharePlan own, string name)
    {
        if (Version != own.Version || Hash != own.Hash)
            throw Mismatch($"Shares of '{name}' were begun by another version of this module, which distributes keys differently. Run all shares with one version: finish with Complete-EtlPartition, or start over with Remove-EtlWatermark '{name}#*'.");
        if (!Key.SequenceEqual(own.Key, StringComparer.OrdinalIgnoreCase))
            throw Mismatch($"Shares of '{name}' were begun with -Key {string.Join(", ", Key)}, but this one has {string.Join(", ", own.Key)}. Start all with the same key, or use another -WatermarkName.");
    }

    /// <summary>Adds a source, or finds it.</summary>
    /// <param name="name">The watermark's name.</param>
    /// <param name="source">The source that a share reads next.</param>
    /// <param name="previous">The place of the source that the share read before; -1 for none.</param>
    /// <param name="place">The source's place.</param>
    public SharePlan With(string name, SourceInfo source, int previous, out int place)
    {
        List<PinnedSource> sources = [.. Sources];
        place = sources.FindIndex(pinned => pinned.Path == source.Path);
        if (place < 0)
        {
            place = sources.Count;
            sources.Add(new PinnedSource(source.Path, source.Fingerprint));
            return this with { Sources = sources };
        }
        if (sources[place].Fingerprint != source.Fingerprint)
            throw Mismatch($"'{source.Name}' is another file than the one that other shares of '{name}' have read. Restore the file that all shares are to read, or start over with Remove-EtlWatermark '{name}#*'.");
        if (place <= previous)
            throw Mismatch($"'{source.Name}' comes after a source that other shares of '{name}' read later. Give all shares the same sources in the same order.");
        return this;
    }

    public static EtlException Mismatch(string message) => new(FailureCodes.PartitionMismatch, FailureKind.InvalidCall, message);
}

/// <summary>A source that all shares read.</summary>
internal sealed record PinnedSource(string Path, string Fingerprint);
