using System.IO.Compression;
using System.Text;

namespace EtlTools.Engine.Tests.Extract.Csv;

/// <summary>The bytes of files of several kinds.</summary>
internal static class CsvFiles
{
    public static byte[] Encode(string text, string kind) => kind switch
    {
        "gz" => Compress(Encoding.UTF8.GetBytes(text), stream => new GZipStream(stream, CompressionMode.Compress, leaveOpen: true)),
        "br" => Compress(Encoding.UTF8.GetBytes(text), stream => new BrotliStream(stream, CompressionMode.Compress, leaveOpen: true)),
        "utf16" => [.. Encoding.Unicode.GetPreamble(), .. Encoding.Unicode.GetBytes(text)],
        _ => Encoding.UTF8.GetBytes(text),
    };

    private static byte[] Compress(byte[] content, Func<Stream, Stream> wrap)
    {
        using var target = new MemoryStream();
        using (Stream stream = wrap(target))
            stream.Write(content);
        return target.ToArray();
    }
}
