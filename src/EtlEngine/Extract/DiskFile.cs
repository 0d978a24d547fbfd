namespace EtlTools.Engine.Extract;

/// <summary>A file on a disk, or a pipe or device that the operating system shows as one.</summary>
internal sealed class DiskFile : SourceFile
{
    /// <summary>Names a file.</summary>
    /// <param name="path">The full path.</param>
    public DiskFile(string path) : base(path, System.IO.Path.GetFileName(path))
    {
    }

    internal override long Length => new FileInfo(Path) is { Exists: true } file ? file.Length : 0;

    // A pipe has no length, and can be opened only once. /dev/stdin is a link to one, which does not exist by the name that the link has.
    internal override bool CanReopen => Target is FileInfo { Exists: true, Length: > 0 };

    private FileSystemInfo? Target => new FileInfo(Path) is { LinkTarget: not null } link ? link.ResolveLinkTarget(returnFinalTarget: true) : new FileInfo(Path);

    internal override Stream Open() => new FileStream(Path, new FileStreamOptions
    {
        Mode = FileMode.Open,
        Access = FileAccess.Read,
        // The file may be open for writing in another program.
        Share = FileShare.ReadWrite | FileShare.Delete,
        Options = FileOptions.Asynchronous | FileOptions.SequentialScan,
        BufferSize = 0,
    });
}
