using System.Globalization;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Extract.Json;

/// <summary>Skips the items that a watermark covers, and checks that they are the same as before.</summary>
internal sealed class JsonResumption(string file, Watermark covered)
{
    private SourceCheck _passed = (covered.Check ?? default) with { Hash = 0 };

    /// <summary>The first byte that must be read, and the number of lines before it.</summary>
    public (long Offset, long Lines) Begin => (covered.Check?.Start ?? covered.ByteOffset, (covered.Check?.Line ?? covered.Line) - 1);

    /// <summary>Whether the watermark's item has been seen.</summary>
    public bool IsFound { get; private set; }

    /// <summary>The items of a chunk after the watermark's item; null for none.</summary>
    /// <exception cref="EtlException">The file is another one.</exception>
    public JsonChunk? PassCovered(JsonChunk chunk)
    {
        if (IsFound)
            return chunk;
        int last = Array.FindIndex(chunk.Rows, item => item.Offset >= covered.ByteOffset);
        foreach (JsonRow item in chunk.Rows.AsSpan(0, last < 0 ? chunk.Count : last + 1))
            _passed = item.Offset >= _passed.Start ? _passed.With(JsonRow.HashOf(item, chunk.Bytes)) : _passed;
        if (last < 0)
            return null;
        if (chunk.Rows[last].Offset != covered.ByteOffset || (covered.Check is { } check && check != _passed))
            throw NotThere();
        IsFound = true;
        return last + 1 < chunk.Count ? chunk.Skip(last + 1) : null;
    }

    /// <summary>The item does not exist.</summary>
    public EtlException NotThere() => new(
        FailureCodes.WatermarkMismatch, FailureKind.InvalidCall,
        string.Create(CultureInfo.InvariantCulture, $"-ResumeFrom: {file} is not the file that the watermark '{covered.Name}' covers up to byte {covered.ByteOffset}: it has changed. Use -ResumeFrom $null to read it from the beginning."));
}
