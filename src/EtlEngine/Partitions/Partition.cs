using System.Globalization;

namespace EtlTools.Engine.Partitions;

/// <summary>One share of a load that several processes do together; each loads a share of the keys.</summary>
/// <param name="Index">The number of the share, from 0.</param>
/// <param name="Count">The number of shares.</param>
/// <param name="Engine">The origin of the share: the name of an engine, Variables, Parameters, or None for a single process.</param>
/// <param name="Attempt">How often the engine has started this share, from 1; null if unknown.</param>
internal sealed record Partition(int Index, int Count, string Engine, int? Attempt = null)
{
    /// <summary>The largest number of shares. Each reads the whole input, so more would only add reading.</summary>
    public const int MaxCount = 10_000;

    /// <summary>Whether the process loads everything.</summary>
    public bool IsWhole => Count == 1;

    /// <summary>Whether both are the same share, whatever their origin.</summary>
    public bool IsSameAs(Partition? other) => (Index, Count) == (other?.Index, other?.Count);

    /// <summary>The name of this share's watermark.</summary>
    public string WatermarkOf(string name) => string.Create(CultureInfo.InvariantCulture, $"{name}#{Index}/{Count}");

    /// <summary>The path of this share's dead letter; the number precedes the file's last extension.</summary>
    public string LetterOf(string path)
    {
        string extension = Path.GetExtension(path);
        return string.Create(CultureInfo.InvariantCulture, $"{path[..^extension.Length]}.p{Index:0000}{extension}");
    }

    /// <summary>As <c>3/8</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Index}/{Count}");
}
