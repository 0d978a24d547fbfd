using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.DeadLetters;

/// <summary>The beginning of a line in a dead-letter file: the letter's id and the origin of its record.</summary>
/// <param name="Id">The letter's id.</param>
/// <param name="Source">The path of the record's source; null if it had none.</param>
/// <param name="Row">The record's row there; null if it had none.</param>
internal readonly record struct DeadLetterHead(UInt128 Id, string? Source, long? Row)
{
    /// <summary>How many bytes of a line are read. A path may be long; the data that follows it is not needed.</summary>
    private const int MaxBytes = 64 * 1024;

    private const int Block = 64 * 1024;

    /// <summary>The letter's id, without reading the rest: in a line that this module wrote it comes first.</summary>
    /// <returns>False if there is no id, so that the line is not a letter.</returns>
    public static bool TryReadId(ReadOnlySpan<byte> line, out UInt128 id)
    {
        bool found = TryRead(line, onlyId: true, out DeadLetterHead head);
        id = head.Id;
        return found;
    }

    /// <summary>The ids of the whole letters whose records no watermark covers. Keeps only the head of each line.</summary>
    /// <param name="paths">The files.</param>
    /// <param name="isCovered">Whether a record of this source path and row is covered.</param>
    public static HashSet<UInt128> ReadIds(IEnumerable<string> paths, Func<string, long, bool> isCovered)
    {
        var ids = new HashSet<UInt128>();
        foreach (string path in paths)
        {
            foreach (DeadLetterHead head in Read(path))
            {
                if (head is { Source: { } source, Row: { } row } && !isCovered(source, row))
                    ids.Add(head.Id);
            }
        }
        return ids;
    }

    /// <summary>The heads of the whole letters in a file.</summary>
    private static IEnumerable<DeadLetterHead> Read(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        var block = new byte[Block];
        var start = new byte[MaxBytes];
        int kept = 0;
        var line = new DeadLetterLine();
        for (int count = file.Read(block); count > 0; count = file.Read(block))
        {
            int begin = 0;
            while (begin < count)
            {
                int newline = Array.IndexOf(block, (byte)'\n', begin, count - begin);
                int end = newline < 0 ? count : newline;
                int more = Math.Min(end - begin, MaxBytes - kept);
                block.AsSpan(begin, more).CopyTo(start.AsSpan(kept));
                kept += more;
                line.Add(block.AsSpan(begin, end - begin));
                begin = end + 1;
                if (newline < 0)
                    continue;
                if (line.IsWhole && TryRead(start.AsSpan(0, kept), onlyId: false, out DeadLetterHead head))
                    yield return head;
                kept = 0;
                line = new DeadLetterLine();
            }
        }
        if (line.IsWhole && TryRead(start.AsSpan(0, kept), onlyId: false, out DeadLetterHead last))
            yield return last;
    }

    /// <summary>The ids of this module are 128 bits in hex; other ids are hashed to 128 bits.</summary>
    public static UInt128 ToNumber(string id)
    {
        if (id.Length == 32 && UInt128.TryParse(id, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out UInt128 number))
            return number;
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(id), hash);
        return System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(hash);
    }

    /// <summary>Reads the beginning of a line, as far as it exists.</summary>
    private static bool TryRead(ReadOnlySpan<byte> line, bool onlyId, out DeadLetterHead head)
    {
        head = default;
        UInt128? id = null;
        try
        {
            var json = new Utf8JsonReader(line, isFinalBlock: false, default);
            if (!json.Read() || json.TokenType != JsonTokenType.StartObject)
                return false;
            while (!IsComplete(id, onlyId, head) && json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                bool isId = json.ValueTextEquals(DeadLetterFormat.LetterId);
                bool isSource = json.ValueTextEquals(DeadLetterFormat.Source);
                bool isRow = json.ValueTextEquals(DeadLetterFormat.Row);
                if (!json.Read())
                    break;
                if (isId && json.TokenType == JsonTokenType.String)
                    id = ToNumber(JsonString.Read(ref json));
                else if (isSource && json.TokenType == JsonTokenType.String)
                    head = head with { Source = JsonString.Read(ref json) };
                else if (isRow && json.TokenType == JsonTokenType.Number && json.TryGetInt64(out long row))
                    head = head with { Row = row };
                else if (!json.TrySkip())
                    break;
            }
            head = head with { Id = id ?? default };
            return id is not null;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static bool IsComplete(UInt128? id, bool onlyId, in DeadLetterHead head) =>
        id is not null && (onlyId || head is { Source: not null, Row: not null });
}
