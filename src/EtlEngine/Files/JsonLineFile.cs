using System.Text;

namespace EtlTools.Engine.Files;

/// <summary>
/// Reads a file of JSON objects, one a line, up to its length when it was opened, while others may append to it. Keeps only the beginning of
/// each line.
/// </summary>
/// <param name="path">The file.</param>
/// <param name="maxBytes">How many bytes of a line are kept.</param>
/// <param name="scansObjects">Whether each line is scanned for the end of its object.</param>
internal sealed class JsonLineFile(string path, int maxBytes, bool scansObjects = true)
{
    private const int Block = 256 * 1024;

    /// <summary>Takes a line.</summary>
    /// <param name="start">As much of it as is kept.</param>
    /// <param name="shape">What is known of the whole line.</param>
    public delegate void LineTaker(ReadOnlySpan<byte> start, JsonLineShape shape);

    /// <summary>Reads to the end.</summary>
    /// <param name="take">Takes each line that is not empty.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not read the file.</exception>
    public void Read(LineTaker take, CancellationToken cancellationToken)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        Read(file, take, cancellationToken);
    }

    private void Read(FileStream file, LineTaker take, CancellationToken cancellationToken)
    {
        long rest = file.Length;
        var block = new byte[Block];
        var line = new byte[Math.Min(maxBytes, 4096)];
        int kept = 0;
        bool isKept = true;
        var scan = new JsonObjectScan();
        for (int count = Fill(); count > 0; count = Fill())
        {
            cancellationToken.ThrowIfCancellationRequested();
            for (int begin = MarkIn(count); begin < count;)
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

        // Editors put a byte order mark before the first line.
        int MarkIn(int count) => file.Position == count && block.AsSpan(0, count).StartsWith(Encoding.UTF8.Preamble) ? Encoding.UTF8.Preamble.Length : 0;

        void Keep(ReadOnlySpan<byte> piece)
        {
            if (scansObjects)
                scan.Add(piece);
            int room = Math.Min(piece.Length, maxBytes - kept);
            isKept &= room == piece.Length;
            if (kept + room > line.Length)
                Array.Resize(ref line, Math.Min(maxBytes, Math.Max(line.Length * 2, kept + room)));
            piece[..room].CopyTo(line.AsSpan(kept));
            kept += room;
        }

        void Take(bool hasEnd)
        {
            ReadOnlySpan<byte> text = line.AsSpan(0, kept).Trim(" \t\r\0"u8);
            if (!text.IsEmpty)
                take(text, new JsonLineShape(isKept, scan.IsClosed, hasEnd));
            kept = 0;
            isKept = true;
            scan = new JsonObjectScan();
        }
    }
}

/// <summary>What is known of a line, of which only the beginning may be kept.</summary>
/// <param name="IsKept">False if the line is longer than what is kept of it.</param>
/// <param name="IsClosed">Whether its object is complete; false if lines are not scanned.</param>
/// <param name="HasEnd">False for a last line without a newline.</param>
internal readonly record struct JsonLineShape(bool IsKept, bool IsClosed, bool HasEnd);
