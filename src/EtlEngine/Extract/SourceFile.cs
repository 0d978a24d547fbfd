using EtlTools.Engine.Stages;

namespace EtlTools.Engine.Extract;

/// <summary>Something that a source reads from its beginning to its end.</summary>
internal abstract class SourceFile
{
    private protected SourceFile(string path, string name)
    {
        Path = path;
        Name = name;
    }

    /// <summary>Where it is, without secrets: what watermarks and dead letters keep.</summary>
    public string Path { get; }

    /// <summary>The name that messages show.</summary>
    public string Name { get; }

    /// <summary>Its length in bytes, where that is known before it is opened; else 0.</summary>
    internal virtual long Length => 0;

    /// <summary>Whether it can be opened more than once.</summary>
    internal virtual bool CanReopen => false;

    /// <summary>Whether it has text that was not read yet, and that can be read without waiting.</summary>
    internal virtual bool HasUnreadText => false;

    /// <summary>Says whom to tell when text has been read, where that is of interest to who writes it.</summary>
    internal virtual void WhenRead(Action tell)
    {
    }

    /// <summary>Nobody reads it any more.</summary>
    internal virtual void Close()
    {
    }

    /// <summary>Which entries of a zip archive are read in its place; null if it is read as it is.</summary>
    internal ZipSelection? Zip { get; init; }

    /// <summary>Says where what happens on the way is told and counted.</summary>
    internal virtual void Attach(StageNotices notices, StageCounters counters)
    {
    }

    /// <summary>Opens it.</summary>
    internal virtual Task<Stream> OpenAsync(CancellationToken cancellationToken) => Task.Run(Open, cancellationToken);

    /// <summary>Takes back a stream that was opened and not read beyond its head, which is at its beginning again.</summary>
    internal virtual void Return(Stream opened) => opened.Dispose();

    /// <summary>Opens it. May block, as a pipe without a writer does.</summary>
    internal abstract Stream Open();
}
