using System.Globalization;

namespace EtlTools.Engine.Partitions;

/// <summary>One share of a load that several processes do, each a share of the keys.</summary>
/// <param name="Index">Which share, from 0.</param>
/// <param name="Count">How many there are.</param>
/// <param name="Engine">Who said so: the name of an engine, Variables, Parameters, or None for the only one.</param>
/// <param name="Attempt">How often the engine has begun this share, from 1; null if it does not tell.</param>
internal sealed record Partition(int Index, int Count, string Engine, int? Attempt = null)
{
    /// <summary>The most shares: each reads the whole input, so that more would only read.</summary>
    public const int MaxCount = 10_000;

    /// <summary>Whether the process has it all.</summary>
    public bool IsWhole => Count == 1;

    /// <summary>Whether both are one share, whoever said so.</summary>
    public bool IsSameAs(Partition? other) => (Index, Count) == (other?.Index, other?.Count);

    /// <summary>The name of this share's watermark.</summary>
    public string WatermarkOf(string name) => string.Create(CultureInfo.InvariantCulture, $"{name}#{Index}/{Count}");

    /// <summary>The path of this share's dead letter: the number comes before the file's last extension.</summary>
    public string LetterOf(string path)
    {
        string extension = Path.GetExtension(path);
        return string.Create(CultureInfo.InvariantCulture, $"{path[..^extension.Length]}.p{Index:0000}{extension}");
    }

    /// <summary>As <c>3/8</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Index}/{Count}");
}
