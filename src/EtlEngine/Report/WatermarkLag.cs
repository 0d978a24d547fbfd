using EtlTools.Engine.Extract;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Report;

/// <summary>Determines how far a watermark is behind its source, if the source is an accessible file.</summary>
internal static class WatermarkLag
{
    /// <summary>Lines are counted only if no more bytes than this follow the watermark.</summary>
    private const long MaxCounted = 64 * 1024 * 1024;

    private const int Block = 64 * 1024;

    /// <summary>The watermark with its lag.</summary>
    /// <param name="watermark">The watermark.</param>
    /// <param name="now">The time for its age.</param>
    public static WatermarkReport Of(Watermark watermark, DateTimeOffset now)
    {
        var report = new WatermarkReport
        {
            Name = watermark.Name,
            Source = watermark.Source,
            Line = watermark.Line,
            Row = watermark.Row,
            ByteOffset = watermark.ByteOffset,
            UpdatedAt = watermark.UpdatedAt,
            Age = now > watermark.UpdatedAt ? now - watermark.UpdatedAt : TimeSpan.Zero,
        };
        try
        {
            return !File.Exists(watermark.Source) || watermark.Line == 0
                ? report with { LagNote = "the source is not a file of lines that can be seen from here" }
                : Measure(report, watermark.Fingerprint);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return report with { LagNote = "the source cannot be read from here" };
        }
    }

    private static WatermarkReport Measure(WatermarkReport report, string fingerprint)
    {
        using var file = new FileStream(report.Source, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        var head = new byte[FileHead.MaxBytes];
        head = head[..file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false)];
        if (Decompression.Of(report.Source, head, maxBytes: 0) is not null)
            return report with { LagNote = "the source is compressed" };
        if (file.Length <= report.ByteOffset || !new FileHead(head).Fits(fingerprint))
            return report with { LagNote = "the file there is not the one that was loaded: it was replaced or cut" };
        file.Position = report.ByteOffset;
        var block = new byte[Block];
        long lag = -1;
        long lines = 0;
        bool isInQuotes = false;
        bool? hasQuotes = null;
        byte last = (byte)'\n';
        long read = 0;
        for (int count = file.Read(block); count > 0 && read < MaxCounted; count = file.Read(block))
        {
            // A JSON string never crosses a line end, and a backslash may precede a quote.
            hasQuotes ??= block[0] is not ((byte)'{' or (byte)'[');
            for (int i = 0; i < count; i++)
            {
                last = block[i];
                isInQuotes ^= hasQuotes.Value && last == (byte)'"';
                if (last != (byte)'\n' || isInQuotes)
                    continue;
                if (lag < 0)
                    lag = file.Length - (report.ByteOffset + read + i + 1);
                else
                    lines++;
            }
            read += count;
        }
        if (lag < 0)
            lag = 0;
        bool isCounted = read >= file.Length - report.ByteOffset;
        return report with { LagBytes = lag, LagLines = isCounted ? lines + (lag > 0 && last != (byte)'\n' ? 1 : 0) : null };
    }
}
