using System.Numerics;

namespace EtlTools.Engine.Partitions;

/// <summary>
/// The hash that says to which share a key belongs. It is the same in every process, on every machine and in every version of
/// this module that has its <see cref="Version"/>: FNV-1a over the key's values, each with its length, with the bits mixed at the end.
/// </summary>
internal struct KeyHash
{
    /// <summary>Shares that hash in different ways must not work together.</summary>
    public const int Version = 2;

    private const ulong Offset = 0xCBF29CE484222325;
    private const ulong Prime = 0x100000001B3;

    private ulong _hash;

    /// <summary>Begins with a key without values.</summary>
    public KeyHash() => _hash = Offset;

    /// <summary>Adds the next value of the key.</summary>
    public void Add(ReadOnlySpan<byte> value)
    {
        ulong hash = (_hash ^ (uint)value.Length) * Prime;
        foreach (byte b in value)
            hash = (hash ^ b) * Prime;
        _hash = hash;
    }

    /// <summary>The share of so many to which the key belongs.</summary>
    public readonly int ShareOf(int count)
    {
        // FNV leaves the high bits of short keys alike; what a remainder takes should depend on all of them.
        ulong hash = (_hash ^ (_hash >> 33)) * 0xFF51AFD7ED558CCD;
        hash = (hash ^ (hash >> 33)) * 0xC4CEB9FE1A85EC53;
        return (int)(BitOperations.RotateRight(hash ^ (hash >> 33), 17) % (uint)count);
    }
}
