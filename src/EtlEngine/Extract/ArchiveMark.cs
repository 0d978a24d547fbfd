namespace EtlTools.Engine.Extract;

/// <summary>Recognises unsupported archives and compressions by their first bytes.</summary>
internal static class ArchiveMark
{
    /// <summary>How many bytes are needed, or as many as there are.</summary>
    public const int LongestMark = 6;

    /// <summary>Where a tar archive has its mark. It is far behind the others, and looked for only in what is read anyway.</summary>
    private const int TarPlace = 257;

    private static readonly (byte[] Mark, string Name, string Remedy)[] Known =
    [
        ([0x50, 0x4B, 0x03, 0x04], "a zip archive", "read it as a file of its own, not from a pipe or inside another archive"),
        ([0x50, 0x4B, 0x05, 0x06], "a zip archive without entries", "there is nothing to read in it"),
        ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00], "compressed with xz", "unpack it with the program xz"),
        ([0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C], "a 7z archive", "unpack it with the program 7z"),
        ([0x52, 0x61, 0x72, 0x21, 0x1A, 0x07], "a rar archive", "unpack it with the program unrar"),
        ([0x04, 0x22, 0x4D, 0x18], "compressed with LZ4", "unpack it with the program lz4"),
        ([0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1], "an Excel workbook (.xls) or another Office document of before 2007", "save it as CSV"),
        ([0x50, 0x41, 0x52, 0x31], "a Parquet file", "export its data as CSV or JSON"),
    ];

    /// <summary>Whether more bytes may show that it is an archive.</summary>
    public static bool IsPossible(ReadOnlySpan<byte> head)
    {
        foreach ((byte[] mark, _, _) in Known)
        {
            if (head.StartsWith(mark.AsSpan(0, 3)))
                return true;
        }
        return head.StartsWith("BZh"u8);
    }

    /// <summary>Refuses a file that is an unsupported archive.</summary>
    /// <param name="file">Its name, for the message.</param>
    /// <param name="head">Its first bytes.</param>
    /// <exception cref="EtlException">UnsupportedFormat.</exception>
    public static void Check(string file, ReadOnlySpan<byte> head)
    {
        foreach ((byte[] mark, string name, string remedy) in Known)
        {
            if (head.StartsWith(mark) && IsWhole(mark, head))
                throw Refused(file, name, remedy);
        }
        // The fields before the mark are filled with zeros, which no text has.
        if (head.Length > TarPlace && head[TarPlace..].StartsWith("ustar"u8) && head[..TarPlace].Contains((byte)0))
            throw Refused(file, "a tar archive", "unpack it with the program tar");
    }

    private static EtlException Refused(string file, string name, string remedy) =>
        new(FailureCodes.UnsupportedFormat, FailureKind.InvalidData, $"{file}: the file is {name}, which is not supported; {remedy}.");

    /// <summary>A mark of letters could also begin a text; in a real archive a byte follows that is not text.</summary>
    private static bool IsWhole(byte[] mark, ReadOnlySpan<byte> head) => mark switch
    {
        [0x50, 0x41, ..] => head is [_, _, _, _, < 0x20 and not ((byte)'\r' or (byte)'\n' or (byte)'\t'), ..],
        _ => true,
    };
}
