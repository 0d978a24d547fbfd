namespace EtlTools.Engine.Load;

/// <summary>A file to which several processes append at the same time without mixing their lines.</summary>
internal interface IAppendFile
{
    /// <summary>Appends whole lines. What an earlier writer left torn at the end is mended first.</summary>
    /// <param name="lines">The lines, each with its newline.</param>
    /// <param name="toDisk">Whether they are on the disk when this returns.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">Not by this user.</exception>
    void Append(ReadOnlySpan<byte> lines, bool toDisk);
}
