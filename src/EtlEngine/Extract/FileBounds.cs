using EtlTools.Engine.Records;

namespace EtlTools.Engine.Extract;

/// <summary>A bound in one file.</summary>
/// <param name="ByteOffset">The offset of a record's first byte.</param>
/// <param name="Watermark">The watermark it is from; null for a plain offset.</param>
internal sealed record FileBound(long ByteOffset, Watermark? Watermark);

/// <summary>Finds which of the given bounds is which file's.</summary>
internal static class FileBounds
{
    /// <summary>The bound of each file, null where there is none.</summary>
    /// <param name="bounds">The bounds.</param>
    /// <param name="parameter">The parameter they come from, for messages.</param>
    /// <param name="files">The files.</param>
    /// <param name="heads">Their heads; null for a file that cannot be read or cannot seek.</param>
    /// <exception cref="EtlException">A bound fits no file, or another file has taken the place of its own.</exception>
    public static FileBound?[] Match(SourceBounds bounds, string parameter, IReadOnlyList<SourceFile> files, IReadOnlyList<FileHead?> heads)
    {
        var found = new FileBound?[files.Count];
        if (bounds.ByteOffset is { } offset)
        {
            if (files.Count > 1)
                throw Refused($"-{parameter}: a byte offset is for one file, and there are {files.Count}. Give watermarks.");
            if (offset < 0)
                throw Refused($"-{parameter}: a byte offset is 0 or more.");
            found[0] = new FileBound(offset, null);
        }
        // A watermark without a row covers nothing.
        foreach (Watermark watermark in bounds.Watermarks.Where(watermark => watermark.Row > 0))
        {
            int file = FileOf(watermark, parameter, files, heads);
            if (found[file] is null || found[file]!.ByteOffset < watermark.ByteOffset)
                found[file] = new FileBound(watermark.ByteOffset, watermark);
        }
        return found;
    }

    private static int FileOf(Watermark watermark, string parameter, IReadOnlyList<SourceFile> files, IReadOnlyList<FileHead?> heads)
    {
        StringComparison comparison = OperatingSystem.IsWindows() ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
        int[] fitting = [.. Enumerable.Range(0, files.Count).Where(file => heads[file]?.Fits(watermark.Fingerprint) == true)];
        int[] named = [.. Enumerable.Range(0, files.Count).Where(file => files[file].Path.Equals(watermark.Source, comparison))];
        if (named.Length > 0 && !fitting.Contains(named[0]))
        {
            throw Refused(heads[named[0]] is null
                ? $"-{parameter}: the watermark '{watermark.Name}' is of {watermark.Source}, which cannot be read or cannot seek."
                : $"-{parameter}: the watermark '{watermark.Name}' is of another file than {watermark.Source} is now: its beginning has changed. Use -{parameter} $null to read it from the beginning.");
        }
        return named.Length > 0 ? named[0]
            : fitting.Length > 0 ? fitting[0]
            : throw Refused($"-{parameter}: the watermark '{watermark.Name}' is of {watermark.Source}, and fits none of the files given.");
    }

    private static EtlException Refused(string message) => new(FailureCodes.WatermarkMismatch, FailureKind.InvalidCall, message);
}
