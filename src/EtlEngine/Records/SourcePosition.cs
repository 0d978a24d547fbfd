namespace EtlTools.Engine.Records;

/// <summary>Where records come from: a file, an API, a caller's own objects.</summary>
/// <param name="Name">The short name that messages show, for a file its name without the folder.</param>
/// <param name="Path">The full path or address, without secrets.</param>
/// <param name="Fingerprint">Tells this source from another of the same path; empty if there is none.</param>
/// <param name="Cursor">What fetched the page that the records come from, for a source of pages, which has one of these a
/// page; null for others. It may be a secret: messages show a hash of it.</param>
internal sealed record SourceInfo(string Name, string Path, string Fingerprint = "", string? Cursor = null)
{
    /// <summary>Whether a run that resumes reads records again that an earlier one has passed, as those of a service's last page.</summary>
    public bool ComesAgain { get; init; }

    /// <summary>Whether these records have no place in the source's order. They stand at the position before the first of it, and only their
    /// contents tell them apart; every run reads them again.</summary>
    public bool IsUnordered { get; init; }

    /// <summary>Its records that failed and are kept nowhere; all pages of a source share it.</summary>
    public SourceLosses Losses { get; init; } = new();

    /// <summary>Whether both are one source, whichever page of it.</summary>
    public bool IsSameAs(SourceInfo other) => Path == other.Path && Fingerprint == other.Fingerprint;
}

/// <summary>A record's place in its source.</summary>
/// <param name="Source">The source.</param>
/// <param name="Line">The line on which the record begins, from 1; 0 if the source has no lines.</param>
/// <param name="ByteOffset">The offset of the record's first byte from the start of the source, in bytes.</param>
/// <param name="Row">The number of the record in its source, from 1.</param>
internal readonly record struct SourcePosition(SourceInfo Source, long Line, long ByteOffset, long Row)
{
    /// <summary>The form that messages use: <c>orders.csv:17</c> for line 17, <c>orders.json#17</c> for record 17 where there are no lines.</summary>
    public override string ToString() =>
        Source is null ? "" : Source.IsUnordered ? Source.Name : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Source.Name}{(Line > 0 ? ':' : '#')}{(Line > 0 ? Line : Row)}");
}
