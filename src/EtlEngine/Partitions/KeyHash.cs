using System.Numerics;

namespace EtlTools.Engine.Partitions;

/// <summary>
/// The hash that assigns a key to a share. It is the same in every process, on every machine and in every version of this module with the
/// same <see cref="Version"/>: FNV-1a over the key's values, each with its length, followed by mixing of the bits.
/// </summary>
internal struct KeyHash
{
    /// <summary>Shares with different hashes must not work together.</summary>
    public const int Version = 2;

    private const ulong Offset = 0xCBF29CE484222325;
    private const ulong Prime = 0x100000001B3;

    private ulong _hash;

    /// <summary>Starts with an empty key.</summary>
    public KeyHash() => _hash = Offset;

    /// <summary>Adds the next value of the key.</summary>
    public void Add(ReadOnlySpan<byte> value)
    {
        ulong hash = (_hash ^ (uint)value.Length) * Prime;
        foreach (byte b in value)
            hash = (hash ^ b) * Prime;
        _hash = hash;
    }

    /// <summary>The share, of so many, to which the key belongs.</summary>
    public readonly int ShareOf(int count)
    {
        // FNV hardly changes the high bits for short keys; the remainder should depend on all bits.
        ulong hash = (_hash ^ (_hash >> 33)) * 0xFF51AFD7ED558CCD;
        hash = (hash ^ (hash >> 33)) * 0xC4CEB9FE1A85EC53;
        return (int)(BitOperations.RotateRight(hash ^ (hash >> 33), 17) % (uint)count);
    }
}
