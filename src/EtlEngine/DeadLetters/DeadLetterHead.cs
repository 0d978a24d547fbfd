using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace EtlTools.Engine.DeadLetters;

/// <summary>What a line of a dead-letter file says of itself: which letter it is, and where its record came from.</summary>
/// <param name="Id">The letter's id.</param>
/// <param name="Source">The path of the record's source; null where it had none.</param>
/// <param name="Row">The record's row there; null where it had none.</param>
internal readonly record struct DeadLetterHead(UInt128 Id, string? Source, long? Row)
{
    /// <summary>The letter's id, without reading the rest: it is the first thing in a line that this module wrote.</summary>
    /// <returns>False where there is none, and the line is no letter.</returns>
    public static bool TryReadId(ReadOnlySpan<byte> line, out UInt128 id)
    {
        bool found = TryRead(line, onlyId: true, out DeadLetterHead head);
        id = head.Id;
        return found;
    }

    /// <summary>The head of a letter that is whole.</summary>
    /// <returns>False where the line is no letter, or torn by a kill.</returns>
    public static bool TryRead(ReadOnlySpan<byte> line, out DeadLetterHead head) => TryRead(line, onlyId: false, out head);

    /// <summary>The ids of the whole letters in files that no watermark covers.</summary>
    /// <param name="paths">The files.</param>
    /// <param name="isCovered">Whether a record of this source path and row is covered.</param>
    public static HashSet<UInt128> ReadIds(IEnumerable<string> paths, Func<string, long, bool> isCovered)
    {
        var ids = new HashSet<UInt128>();
        foreach (string line in paths.SelectMany(File.ReadLines))
        {
            if (TryRead(Encoding.UTF8.GetBytes(line), out DeadLetterHead head) && head is { Source: { } source, Row: { } row } && !isCovered(source, row))
                ids.Add(head.Id);
        }
        return ids;
    }

    /// <summary>Our ids are 128 bits in hex; one that somebody else made is hashed to as many.</summary>
    public static UInt128 ToNumber(string id)
    {
        if (id.Length == 32 && UInt128.TryParse(id, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out UInt128 number))
            return number;
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(id), hash);
        return System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(hash);
    }

    private static bool TryRead(ReadOnlySpan<byte> line, bool onlyId, out DeadLetterHead head)
    {
        head = default;
        UInt128? id = null;
        try
        {
            var json = new Utf8JsonReader(line);
            if (!json.Read() || json.TokenType != JsonTokenType.StartObject)
                return false;
            while (!(onlyId && id is not null) && json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                bool isId = json.ValueTextEquals(DeadLetterFormat.LetterId);
                bool isSource = json.ValueTextEquals(DeadLetterFormat.Source);
                bool isRow = json.ValueTextEquals(DeadLetterFormat.Row);
                json.Read();
                if (isId && json.TokenType == JsonTokenType.String)
                    id = ToNumber(json.GetString()!);
                else if (isSource && json.TokenType == JsonTokenType.String)
                    head = head with { Source = json.GetString() };
                else if (isRow && json.TokenType == JsonTokenType.Number && json.TryGetInt64(out long row))
                    head = head with { Row = row };
                else
                    json.Skip();
            }
            head = head with { Id = id ?? default };
            return id is not null;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
