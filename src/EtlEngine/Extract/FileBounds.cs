using EtlTools.Engine.Files;
using EtlTools.Engine.Records;
using EtlTools.Engine.Stages;

namespace EtlTools.Engine.Extract;

/// <summary>A bound in one file.</summary>
/// <param name="ByteOffset">The offset of a record's first byte.</param>
/// <param name="Watermark">Its watermark; null for a plain offset.</param>
internal sealed record FileBound(long ByteOffset, Watermark? Watermark)
{
    /// <summary>Why the file cannot be read from there; null if it can.</summary>
    public EtlException? Refusal { get; init; }
}

/// <summary>Assigns the given bounds to files.</summary>
internal static class FileBounds
{
    /// <summary>The bound of each file, null if there is none. Of several files, one that was replaced is refused alone.</summary>
    /// <param name="bounds">The bounds.</param>
    /// <param name="parameter">The parameter of the bounds, for messages.</param>
    /// <param name="files">The files.</param>
    /// <param name="heads">Their heads; null for a file that cannot be read or does not support seeking.</param>
    /// <param name="passedOver">Receives watermarks whose file no longer exists; null if each must have its file.</param>
    /// <exception cref="EtlException">A bound matches no file, or the only file was replaced by another one.</exception>
    public static FileBound?[] Match(
        SourceBounds bounds, string parameter, IReadOnlyList<SourceFile> files, IReadOnlyList<FileHead?> heads, StageNotices? passedOver)
    {
        var found = new FileBound?[files.Count];
        var places = new Dictionary<string, int>(FilePath.Comparer);
        for (int i = 0; i < files.Count; i++)
            places.TryAdd(files[i].Path, i);
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
            if (passedOver is not null && files.Count > 1 && ReplacedBy(watermark) is { } replaced)
            {
                found[replaced] = new FileBound(0, null) { Refusal = Mismatch(watermark, isReplaced: true, parameter) };
                continue;
            }
            if (FileOf(watermark) is not { } file)
            {
                passedOver!.Add(NoticeLevel.Verbose, Refused($"-{parameter}: the watermark '{watermark.Name}' of {watermark.Source} was ignored: the file no longer exists."));
                continue;
            }
            if (found[file] is null || found[file]!.ByteOffset < watermark.ByteOffset)
                found[file] = new FileBound(watermark.ByteOffset, watermark);
        }
        return found;

        // Most watermarks fit the file that they name, and only for the others all files are looked through.
        int? ReplacedBy(Watermark watermark) =>
            Named(watermark) is var named and >= 0 && heads[named] is not null && !Fits(named, watermark) && FirstFitting(watermark) < 0
            && !marks.Any(other => Fits(named, other)) ? named : null;

        // The content counts first, because a rotated log leaves its name to its successor.
        int? FileOf(Watermark watermark)
        {
            int named = Named(watermark);
            if (named >= 0 && Fits(named, watermark))
                return named;
            if (FirstFitting(watermark) is var fitting and >= 0)
                return fitting;
            if (named >= 0 && heads[named] is null)
                throw Refused($"-{parameter}: the watermark '{watermark.Name}' belongs to {watermark.Source}, which cannot be read or does not support seeking.");
            // A file with another watermark is known, so it is not an unexpected replacement.
            bool isGone = named >= 0 ? marks.Any(other => Fits(named, other)) : IsGone(watermark.Source);
            return isGone && passedOver is not null ? null : throw Mismatch(watermark, isReplaced: named >= 0, parameter);
        }

        int Named(Watermark watermark) => places.GetValueOrDefault(watermark.Source, -1);

        int FirstFitting(Watermark watermark) => Enumerable.Range(0, files.Count).FirstOrDefault(file => Fits(file, watermark), -1);

        bool Fits(int file, Watermark watermark) => heads[file]?.Fits(watermark.Fingerprint) == true;
    }

    /// <summary>Whether the file of a path no longer exists; false for addresses, where it is unknown.</summary>
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
