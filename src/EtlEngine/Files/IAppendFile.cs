namespace EtlTools.Engine.Files;

/// <summary>A file to which several processes append at the same time without mixing their lines.</summary>
internal interface IAppendFile
{
    /// <summary>Appends whole lines. First repairs what an earlier writer left torn at the end.</summary>
    /// <param name="lines">The lines, each with its newline.</param>
    /// <param name="toDisk">Whether the lines are flushed to the disk before this returns.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not write it.</exception>
    void Append(ReadOnlySpan<byte> lines, bool toDisk);
}
