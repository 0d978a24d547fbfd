using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace EtlTools.Engine.Extract.Csv;

/// <summary>
/// Finds any of three bytes. It keeps what it has found in one block of 64 bytes, so that where they stand close together,
/// as in a file that quotes everything, they are not searched for one by one.
/// </summary>
internal struct StructuralByteFinder(byte first, byte second, byte third)
{
    private const int BlockSize = 64;

    private ulong _block;
    private int _blockStart;
    private int _blockEnd;

    /// <summary>The position of the next mark, or the data's length.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public int Find(ReadOnlySpan<byte> data, int from)
    {
        while (true)
        {
            if (from >= _blockStart && from < _blockEnd)
            {
                ulong rest = _block >> (from - _blockStart);
                if (rest != 0)
                    return from + BitOperations.TrailingZeroCount(rest);
                from = _blockEnd;
            }
            if (data.Length - from < BlockSize)
            {
                int distance = data[from..].IndexOfAny(first, second, third);
                return distance < 0 ? data.Length : from + distance;
            }
            Load(data, from);
        }
    }

    /// <summary>The position of the n-th mark from here.</summary>
    /// <param name="data">The data.</param>
    /// <param name="from">Where to start.</param>
    /// <param name="end">Where to end.</param>
    /// <param name="n">Which mark, from 1; afterwards, how many there were too few.</param>
    /// <returns>The position, or the end.</returns>
    public int FindNth(ReadOnlySpan<byte> data, int from, int end, ref int n)
    {
        while (from < end)
        {
            if (from < _blockStart || from >= _blockEnd)
            {
                if (data.Length - from < BlockSize)
                {
                    int at = Math.Min(Find(data, from), end);
                    if (at == end || --n == 0)
                        return at;
                    from = at + 1;
                    continue;
                }
                Load(data, from);
            }
            int length = Math.Min(_blockEnd, end) - from;
            ulong marks = _block >> (from - _blockStart);
            if (length < BlockSize)
                marks &= (1UL << length) - 1;
            int count = BitOperations.PopCount(marks);
            if (count < n)
            {
                n -= count;
                from += length;
                continue;
            }
            for (; n > 1; n--)
                marks &= marks - 1;
            n = 0;
            return from + BitOperations.TrailingZeroCount(marks);
        }
        return end;
    }

    /// <summary>The data's first bytes have been taken away.</summary>
    public void Rebase(int by)
    {
        _blockStart -= by;
        _blockEnd -= by;
    }

    /// <summary>The data is another.</summary>
    public void Reset() => _blockStart = _blockEnd = 0;

    /// <remarks>Vectors of this width are not compiled ahead of time: the runtime compiles this once, not first without optimization.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Load(ReadOnlySpan<byte> data, int from)
    {
        ref byte start = ref MemoryMarshal.GetReference(data);
        _block = Marks(ref start, from) | ((ulong)Marks(ref start, from + Vector256<byte>.Count) << Vector256<byte>.Count);
        _blockStart = from;
        _blockEnd = from + BlockSize;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly uint Marks(ref byte start, int at)
    {
        var bytes = Vector256.LoadUnsafe(ref start, (nuint)at);
        Vector256<byte> marks = Vector256.Equals(bytes, Vector256.Create(first))
            | Vector256.Equals(bytes, Vector256.Create(second))
            | Vector256.Equals(bytes, Vector256.Create(third));
        return marks.ExtractMostSignificantBits();
    }
}
