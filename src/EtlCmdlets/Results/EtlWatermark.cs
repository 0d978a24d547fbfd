using EtlTools.Engine.Extract.Sql;
using EtlTools.Engine.Records;

namespace EtlTools.Cmdlets;

/// <summary>
/// How far a source has been loaded: every record up to and including this position is in the target or in a dead letter.
/// A source's -ResumeFrom takes it.
/// </summary>
public sealed class EtlWatermark
{
    internal EtlWatermark(Watermark watermark) => Watermark = watermark;

    /// <summary>The name that the loads of one job share.</summary>
    public string Name => Watermark.Name;

    /// <summary>The path or address of the source.</summary>
    public string Source => Watermark.Source;

    /// <summary>Tells the source from another of the same path.</summary>
    public string Fingerprint => Watermark.FullFingerprint;

    /// <summary>The line on which the last covered record begins, from 1; 0 if the source has no lines.</summary>
    public long Line => Watermark.Line;

    /// <summary>The offset of the last covered record's first byte, in bytes.</summary>
    public long ByteOffset => Watermark.ByteOffset;

    /// <summary>The number of the last covered record in its source, from 1.</summary>
    public long Row => Watermark.Row;

    /// <summary>The largest covered value of -WatermarkColumn, as invariant text; of a query the values of its last covered row; null
    /// without one.</summary>
    public string? Value => Watermark.Value ?? KeysetCursor.Show(Watermark.Cursor);

    /// <summary>When it was written, in UTC.</summary>
    public DateTimeOffset UpdatedAt => Watermark.UpdatedAt;

    // Not a property of the object: it may be a secret.
    internal Watermark Watermark { get; }

    /// <summary>Name and position, never a cursor.</summary>
    public override string ToString() => FormattableString.Invariant($"{Name}: {Source}, row {Row}");
}
