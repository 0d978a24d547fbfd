namespace EtlTools.Engine.Report;

/// <summary>
/// Reads a file of lines, up to its length when it was opened, while others may append to it. Keeps only the beginning of each line.
/// </summary>
internal sealed class LineFile(string path, int maxBytes)
{
    private const int Block = 256 * 1024;

    /// <summary>Takes a line.</summary>
    /// <param name="line">Its beginning, without its end.</param>
    /// <param name="isWhole">False if the line is longer.</param>
    /// <param name="hasEnd">False for a last line without a newline.</param>
    public delegate void LineTaker(ReadOnlySpan<byte> line, bool isWhole, bool hasEnd);

    /// <summary>Reads to the end.</summary>
    /// <param name="take">Takes each line that is not empty.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="EtlException">The file cannot be read.</exception>
    public void Read(LineTaker take, CancellationToken cancellationToken)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            Read(file, take, cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Extract.InputFailures.Of(path, e);
        }
    }

    private void Read(FileStream file, LineTaker take, CancellationToken cancellationToken)
    {
        long rest = file.Length;
        var block = new byte[Block];
        var line = new byte[Math.Min(maxBytes, 4096)];
        int kept = 0;
        bool isWhole = true;
        for (int count = Fill(); count > 0; count = Fill())
        {
            cancellationToken.ThrowIfCancellationRequested();
            for (int begin = 0; begin < count;)
            {
                int newline = Array.IndexOf(block, (byte)'\n', begin, count - begin);
                int end = newline < 0 ? count : newline;
                Keep(block.AsSpan(begin, end - begin));
                begin = end + 1;
                if (newline >= 0)
                    Take(hasEnd: true);
            }
        }
        Take(hasEnd: false);

        int Fill()
        {
            int count = rest > 0 ? file.Read(block, 0, (int)Math.Min(block.Length, rest)) : 0;
            rest -= count;
            return count;
        }

        void Keep(ReadOnlySpan<byte> piece)
        {
            int room = Math.Min(piece.Length, maxBytes - kept);
            isWhole &= room == piece.Length;
            if (kept + room > line.Length)
                Array.Resize(ref line, Math.Min(maxBytes, Math.Max(line.Length * 2, kept + room)));
            piece[..room].CopyTo(line.AsSpan(kept));
            kept += room;
        }

        void Take(bool hasEnd)
        {
            ReadOnlySpan<byte> text = line.AsSpan(0, kept).Trim(" \t\r\0"u8);
            if (!text.IsEmpty)
                take(text, isWhole, hasEnd);
            kept = 0;
            isWhole = true;
        }
    }
}
