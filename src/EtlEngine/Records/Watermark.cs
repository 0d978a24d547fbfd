namespace EtlTools.Engine.Records;

/// <summary>
/// How far a source has been loaded: every record up to and including this position is in the target or in a dead letter.
/// Kept by the loader in the target, in the transaction of the rows it covers; a source resumes behind it.
/// </summary>
internal sealed record Watermark
{
    /// <summary>The name that the loads of one job share.</summary>
    public required string Name { get; init; }

    /// <summary>The path or address of the source, without secrets.</summary>
    public required string Source { get; init; }

    /// <summary>Tells the source from another of the same path; see <see cref="SourceInfo.Fingerprint"/>.</summary>
    public string Fingerprint { get; init; } = "";

    /// <summary>Whether it is of a source, whichever page of it.</summary>
    public bool IsOf(SourceInfo source) => Source == source.Path && Fingerprint == source.Fingerprint;

    /// <summary>What stands before the position; null where nothing is known.</summary>
    public SourceCheck? Check { get; init; }

    /// <summary>Fingerprint and check in one text, as they are stored and shown.</summary>
    public string FullFingerprint
    {
        get => Check is { } check ? $"{Fingerprint} {check}" : Fingerprint;
        init
        {
            int space = value.IndexOf(' ', StringComparison.Ordinal);
            Fingerprint = space < 0 ? value : value[..space];
            Check = space < 0 ? null : SourceCheck.Parse(value[(space + 1)..]);
        }
    }

    /// <summary>The line on which the last covered record begins, from 1; 0 if the source has no lines.</summary>
    public long Line { get; init; }

    /// <summary>The offset of the last covered record's first byte, in bytes from the start of the source.</summary>
    public long ByteOffset { get; init; }

    /// <summary>The number of the last covered record in its source, from 1; 0 where nothing is covered.</summary>
    public long Row { get; init; }

    /// <summary>The cursor that fetched the page of the last covered record; null if the source has no pages.</summary>
    public string? Cursor { get; init; }

    /// <summary>The largest covered value of the column that the load watches, as invariant text; null without one.</summary>
    public string? Value { get; init; }

    /// <summary>When it was written, in UTC.</summary>
    public DateTimeOffset UpdatedAt { get; init; }
}
