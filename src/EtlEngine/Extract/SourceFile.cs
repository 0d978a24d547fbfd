using EtlTools.Engine.Stages;

namespace EtlTools.Engine.Extract;

/// <summary>Something that a source reads from beginning to end.</summary>
internal abstract class SourceFile
{
    private protected SourceFile(string path, string name)
    {
        Path = path;
        Name = name;
    }

    /// <summary>Its path or address without secrets, for watermarks and dead letters.</summary>
    public string Path { get; }

    /// <summary>The name that messages show.</summary>
    public string Name { get; }

    /// <summary>Its length in bytes if it is known before opening; otherwise 0.</summary>
    internal virtual long Length => 0;

    /// <summary>Whether it can be opened more than once.</summary>
    internal virtual bool CanReopen => false;

    /// <summary>Whether it has unread text that can be read without waiting.</summary>
    internal virtual bool HasUnreadText => false;

    /// <summary>Sets who is notified about reads, if the writer of the text needs that.</summary>
    internal virtual void WhenRead(Action tell)
    {
    }

    /// <summary>It is no longer read.</summary>
    internal virtual void Close()
    {
    }

    /// <summary>The selection of zip entries to read instead of the file; null to read the file itself.</summary>
    internal ZipSelection? Zip { get; init; }

    /// <summary>Sets where notices and counts go.</summary>
    internal virtual void Attach(StageNotices notices, StageCounters counters)
    {
    }

    /// <summary>Opens it.</summary>
    internal virtual Task<Stream> OpenAsync(CancellationToken cancellationToken) => Task.Run(Open, cancellationToken);

    /// <summary>Takes back an opened stream of which only the head was read, and which is at its beginning again.</summary>
    internal virtual void Return(Stream opened) => opened.Dispose();

    /// <summary>Opens it. May block, like a pipe without a writer.</summary>
    internal abstract Stream Open();
}
