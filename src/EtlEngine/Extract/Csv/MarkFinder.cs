using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace EtlTools.Engine.Extract.Csv;

/// <summary>
/// Finds quotes and line ends. It keeps what it has found in one block of 64 bytes, so that where they stand close together,
/// as in a file that quotes everything, they are not searched for one by one.
/// </summary>
internal struct MarkFinder
{
    private const int BlockSize = 64;

    private ulong _block;
    private int _blockStart;
    private int _blockEnd;

    /// <summary>The position of the next quote, CR or LF, or the data's length.</summary>
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
                int distance = data[from..].IndexOfAny((byte)CsvOptions.Quote, (byte)'\r', (byte)'\n');
                return distance < 0 ? data.Length : from + distance;
            }
            ref byte first = ref MemoryMarshal.GetReference(data);
            _block = Marks(ref first, from) | ((ulong)Marks(ref first, from + Vector256<byte>.Count) << Vector256<byte>.Count);
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

    private static uint Marks(ref byte first, int at)
    {
        var bytes = Vector256.LoadUnsafe(ref first, (nuint)at);
        Vector256<byte> marks = Vector256.Equals(bytes, Vector256.Create((byte)CsvOptions.Quote))
            | Vector256.Equals(bytes, Vector256.Create((byte)'\r'))
            | Vector256.Equals(bytes, Vector256.Create((byte)'\n'));
        return marks.ExtractMostSignificantBits();
    }
}
