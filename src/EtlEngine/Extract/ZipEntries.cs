using System.Globalization;
using System.IO.Compression;
using System.IO.Enumeration;
using EtlTools.Engine.Stages;

namespace EtlTools.Engine.Extract;

/// <summary>Replaces zip archives by their entries.</summary>
internal static class ZipEntries
{
    /// <summary>The largest number of entries in a message.</summary>
    private const int Named = 5;

    /// <summary>The files to read.</summary>
    /// <param name="files">The files that were given.</param>
    /// <param name="notices">Receives archives that cannot be read, if there are other files.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="EtlException">The only file is an archive that cannot be read.</exception>
    public static async Task<IReadOnlyList<SourceFile>> ExpandAsync(IReadOnlyList<SourceFile> files, StageNotices notices, CancellationToken cancellationToken)
    {
        if (!files.Any(file => file.Zip is not null))
            return files;
        var expanded = new List<SourceFile>(files.Count);
        bool anyZip = false;
        foreach (SourceFile file in files)
        {
            try
            {
                IReadOnlyList<SourceFile>? entries = await EntriesOfAsync(file, cancellationToken).ConfigureAwait(false);
                anyZip |= entries is not null;
                expanded.AddRange(entries ?? [file]);
            }
            catch (EtlException e) when (files.Count > 1)
            {
                anyZip = true;
                notices.Add(NoticeLevel.Error, e);
            }
        }
        return anyZip || files.All(file => file.Zip?.EntryName is null) ? expanded : throw new EtlException(
            FailureCodes.InvalidParameter, FailureKind.InvalidCall,
            $"-EntryName is for zip archives, but {(files.Count == 1 ? $"{files[0].Name} is not one" : "none of the files is one")}. Leave it out.");
    }

    /// <summary>The error for an archive that cannot be read.</summary>
    public static EtlException Damaged(string name, Exception? cause) => new(
        FailureCodes.ReadFailed, FailureKind.InvalidData, $"{name}: the zip archive has been cut off or is damaged. Get it again.", cause);

    private static async Task<IReadOnlyList<SourceFile>?> EntriesOfAsync(SourceFile file, CancellationToken cancellationToken)
    {
        if (file.Zip is not { } selection || !file.CanReopen)
            return null;
        Stream stream;
        try
        {
            stream = await file.OpenAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The error is reported when the file is read.
            return null;
        }
        try
        {
            byte[] mark = new byte[4];
            int count = await stream.ReadAtLeastAsync(mark, mark.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
            stream.Position = 0;
            return count == mark.Length && mark is [0x50, 0x4B, 0x03 or 0x05, 0x04 or 0x06] ? await ListAsync(file, selection, stream, cancellationToken).ConfigureAwait(false) : null;
        }
        finally
        {
            file.Return(stream);
        }
    }

    private static async Task<IReadOnlyList<SourceFile>> ListAsync(SourceFile file, ZipSelection selection, Stream stream, CancellationToken cancellationToken)
    {
        ZipArchive archive = await OpenAsync(file.Name, stream, cancellationToken).ConfigureAwait(false);
        await using (archive.ConfigureAwait(false))
        {
            ZipArchiveEntry[] all = [.. archive.Entries.Where(IsFile)];
            ZipArchiveEntry[] chosen = selection.EntryName is { } pattern ? Array.FindAll(all, entry => Fits(pattern, entry)) : all;
            if (selection.EntryName is null && SpreadsheetOf(archive) is { } program)
                throw new EtlException(
                    FailureCodes.UnsupportedFormat, FailureKind.InvalidData,
                    $"{file.Name}: the file is {program}, which is not supported. Save the sheet as CSV, or read it with Import-Excel of the module ImportExcel.");
            if (all.Length == 0)
                throw Refused(FailureCodes.EmptyFile, "has no entries to read.");
            if (chosen.Length == 0)
                throw Refused(FailureCodes.FileNotFound, $"has no entry that matches -EntryName '{selection.EntryName}'. Its entries are {List(all)}.");
            if (chosen.Length > 1 && selection.EntryName is null)
                throw Refused(FailureCodes.InvalidParameter, $"has {all.Length} entries: {List(all)}. Use -EntryName, which takes wildcards, to choose.");
            if (Array.Find(chosen, entry => entry.IsEncrypted) is { } locked)
                throw Refused(FailureCodes.UnsupportedFormat, $"has the password-protected entry '{locked.FullName}', which cannot be read here. Unpack it with a program that asks for the password.");
            if (selection.MaxBytes > 0 && Array.Find(chosen, entry => entry.Length > selection.MaxBytes) is { } large)
                throw Refused(FailureCodes.DecompressedTooLarge, string.Create(CultureInfo.InvariantCulture, $"has the entry '{large.FullName}', which decompresses to {large.Length} bytes, more than -MaxDecompressedBytes {selection.MaxBytes}. Give a larger number, or 0 for no limit, if you trust the file."));
            if (chosen.GroupBy(entry => entry.FullName, StringComparer.Ordinal).FirstOrDefault(entries => entries.Skip(1).Any()) is { } twice)
                throw Refused(FailureCodes.UnsupportedFormat, $"has more than one entry '{twice.Key}'. Unpack it, so that each is a file of its own.");
            return [.. chosen.Select(entry => new ZipEntryFile(file, entry.FullName, entry.Length, selection))];
        }

        EtlException Refused(string code, string why) => new(code, FailureKind.InvalidData, $"{file.Name}: the zip archive {why}");
    }

    /// <summary>Reads the directory of an archive.</summary>
    /// <exception cref="EtlException">It has none.</exception>
    public static async Task<ZipArchive> OpenAsync(string name, Stream stream, CancellationToken cancellationToken)
    {
        try
        {
            return await ZipArchive.CreateAsync(stream, ZipArchiveMode.Read, leaveOpen: true, entryNameEncoding: null, cancellationToken).ConfigureAwait(false);
        }
        catch (InvalidDataException e)
        {
            throw Damaged(name, e);
        }
    }

    /// <summary>What an archive is that a spreadsheet program has written; null for any other.</summary>
    private static string? SpreadsheetOf(ZipArchive archive) =>
        archive.GetEntry("xl/workbook.xml") is not null || archive.GetEntry("xl/workbook.bin") is not null ? "an Excel workbook"
        : archive.GetEntry("content.xml") is not null && archive.GetEntry("mimetype") is not null ? "an OpenDocument file"
        : null;

    private static bool IsFile(ZipArchiveEntry entry) =>
        entry.Name.Length > 0 && !entry.FullName.StartsWith("__MACOSX/", StringComparison.Ordinal) && entry.Name != ".DS_Store";

    /// <summary>A pattern without a folder matches names in all folders.</summary>
    private static bool Fits(string pattern, ZipArchiveEntry entry) =>
        FileSystemName.MatchesSimpleExpression(pattern, pattern.Contains('/', StringComparison.Ordinal) ? entry.FullName : entry.Name);

    private static string List(ZipArchiveEntry[] entries) =>
        string.Join(", ", entries.Take(Named).Select(entry => $"'{entry.FullName}'")) + (entries.Length > Named ? ", …" : "");
}
