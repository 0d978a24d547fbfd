using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace EtlTools.Engine.Extract.Csv;

/// <summary>
/// Finds any of three bytes. It keeps what it has found in one block of 64 bytes, so that where they stand close together,
/// as in a file that quotes everything, they are not searched for one by one.
/// </summary>
internal struct MarkFinder(byte first, byte second, byte third)
{
    private const int BlockSize = 64;

    private ulong _block;
    private int _blockStart;
    private int _blockEnd;

    /// <summary>The position of the next mark, or the data's length.</summary>
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
            ref byte start = ref MemoryMarshal.GetReference(data);
            _block = Marks(ref start, from) | ((ulong)Marks(ref start, from + Vector256<byte>.Count) << Vector256<byte>.Count);
            _blockStart = from;
            _blockEnd = from + BlockSize;
        }
    }

    /// <summary>The data's first bytes have been taken away.</summary>
    public void Rebase(int by)
    {
        _blockStart -= by;
        _blockEnd -= by;
    }

    /// <summary>The data is another.</summary>
    public void Reset() => _blockStart = _blockEnd = 0;

    private readonly uint Marks(ref byte start, int at)
    {
        var bytes = Vector256.LoadUnsafe(ref start, (nuint)at);
        Vector256<byte> marks = Vector256.Equals(bytes, Vector256.Create(first))
            | Vector256.Equals(bytes, Vector256.Create(second))
            | Vector256.Equals(bytes, Vector256.Create(third));
        return marks.ExtractMostSignificantBits();
    }
}
