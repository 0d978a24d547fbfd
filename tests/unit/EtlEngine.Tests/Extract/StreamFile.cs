using EtlTools.Engine.Extract;

namespace EtlTools.Engine.Tests.Extract;

/// <summary>A file whose stream a test gives.</summary>
internal sealed class StreamFile(string path, Func<Stream> open) : SourceFile(path, System.IO.Path.GetFileName(path))
{
    internal override bool CanReopen => true;

    internal override Stream Open() => open();
}
