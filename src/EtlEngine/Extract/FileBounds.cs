using EtlTools.Engine.Records;
using EtlTools.Engine.Stages;

namespace EtlTools.Engine.Extract;

/// <summary>A bound in one file.</summary>
/// <param name="ByteOffset">The offset of a record's first byte.</param>
/// <param name="Watermark">The watermark it is from; null for a plain offset.</param>
internal sealed record FileBound(long ByteOffset, Watermark? Watermark);

/// <summary>Finds which of the given bounds is which file's.</summary>
internal static class FileBounds
{
    /// <summary>The bound of each file, null if there is none.</summary>
    /// <param name="bounds">The bounds.</param>
    /// <param name="parameter">The parameter they come from, for messages.</param>
    /// <param name="files">The files.</param>
    /// <param name="heads">Their heads; null for a file that cannot be read or cannot seek.</param>
    /// <param name="passedOver">Told of watermarks whose file is gone; null where each must have its file.</param>
    /// <exception cref="EtlException">A bound fits no file, or another file has taken the place of its own.</exception>
    public static FileBound?[] Match(
        SourceBounds bounds, string parameter, IReadOnlyList<SourceFile> files, IReadOnlyList<FileHead?> heads, StageNotices? passedOver)
    {
        var found = new FileBound?[files.Count];
        if (bounds.ByteOffset is { } offset)
        {
            if (files.Count > 1)
                throw Refused($"-{parameter}: a byte offset applies to one file, but there are {files.Count} files. Give watermarks instead.");
            if (offset < 0)
                throw Refused($"-{parameter}: a byte offset must be 0 or more.");
            found[0] = new FileBound(offset, null);
        }
        // A watermark without a row covers nothing.
        Watermark[] marks = [.. bounds.Watermarks.Where(watermark => watermark.Row > 0)];
        foreach (Watermark watermark in marks)
        {
            if (FileOf(watermark) is not { } file)
            {
                passedOver!.Add(NoticeLevel.Verbose, Refused($"-{parameter}: the watermark '{watermark.Name}' of {watermark.Source} was ignored: the file no longer exists."));
                continue;
            }
            if (found[file] is null || found[file]!.ByteOffset < watermark.ByteOffset)
                found[file] = new FileBound(watermark.ByteOffset, watermark);
        }
        return found;

        // By its content first: a log that was rotated has left its name to its successor.
        int? FileOf(Watermark watermark)
        {
            int named = Named(watermark.Source, files);
            if (named >= 0 && Fits(named, watermark))
                return named;
            int fitting = Enumerable.Range(0, files.Count).FirstOrDefault(file => Fits(file, watermark), -1);
            if (fitting >= 0)
                return fitting;
            if (named >= 0 && heads[named] is null)
                throw Refused($"-{parameter}: the watermark '{watermark.Name}' belongs to {watermark.Source}, which cannot be read or does not support seeking.");
            // What has another watermark is known, and no unexpected replacement.
            bool isGone = named >= 0 ? marks.Any(other => Fits(named, other)) : IsGone(watermark.Source);
            return isGone && passedOver is not null ? null : throw Mismatch(watermark, isReplaced: named >= 0, parameter);
        }

        bool Fits(int file, Watermark watermark) => heads[file]?.Fits(watermark.Fingerprint) == true;
    }

    private static int Named(string path, IReadOnlyList<SourceFile> files)
    {
        StringComparison comparison = OperatingSystem.IsWindows() ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
        return Enumerable.Range(0, files.Count).FirstOrDefault(file => files[file].Path.Equals(path, comparison), -1);
    }

    /// <summary>Whether a path has no file any more. What is not a path, as an address, cannot be told.</summary>
    private static bool IsGone(string path) => Path.IsPathFullyQualified(path) && !File.Exists(path);

    private static EtlException Mismatch(Watermark watermark, bool isReplaced, string parameter)
    {
        string what = isReplaced
            ? $"belongs to an earlier {watermark.Source}: the beginning of the file has changed. To read it from the beginning, remove the watermark"
            : $"belongs to {watermark.Source}, which matches none of the files given. Give that file, or remove the watermark";
        return Refused(
            $"-{parameter}: the watermark '{watermark.Name}' {what} with Remove-EtlWatermark -Name '{Quoted(watermark.Name)}' -Source '{Quoted(watermark.Source)}'; -{parameter} $null reads everything from the beginning.");

        static string Quoted(string text) => text.Replace("'", "''", StringComparison.Ordinal);
    }

    private static EtlException Refused(string message) => new(FailureCodes.WatermarkMismatch, FailureKind.InvalidCall, message);
}
