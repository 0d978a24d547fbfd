using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using EtlTools.Engine.Files;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.DeadLetters;

/// <summary>The beginning of a line in a dead-letter file: the letter's cause and the origin of its record, and none of its data.</summary>
/// <param name="Id">The letter's id.</param>
/// <param name="RunId">The run that wrote it.</param>
/// <param name="Time">When it was written.</param>
/// <param name="Code">Why the record failed.</param>
/// <param name="Column">The column that failed; null for the whole record.</param>
/// <param name="Source">The path of the record's source; null if it had none.</param>
/// <param name="Line">The record's line there; null if it had none.</param>
/// <param name="Row">The record's row there; null if it had none.</param>
/// <param name="Attempts">How many times the record has failed.</param>
internal readonly record struct DeadLetterHead(
    UInt128 Id, string RunId, DateTimeOffset Time, string Code, string? Column, string? Source, long? Line, long? Row, long Attempts)
{
    /// <summary>How many bytes of a line are read. A path may be long; the data that follows it is not needed.</summary>
    private const int MaxBytes = 64 * 1024;

    /// <summary>The letter's id, without reading the rest: in a line that this module wrote it comes first.</summary>
    /// <returns>False if there is no id, so that the line is not a letter.</returns>
    public static bool TryReadId(ReadOnlySpan<byte> line, out UInt128 id)
    {
        bool found = TryRead(line, onlyId: true, out DeadLetterHead head);
        id = head.Id;
        return found;
    }

    /// <summary>Reads the beginning of a line, as far as it exists.</summary>
    /// <returns>False if there is no id, so that the line is not a letter.</returns>
    public static bool TryRead(ReadOnlySpan<byte> line, out DeadLetterHead head) => TryRead(line, onlyId: false, out head);

    /// <summary>The ids of the whole letters whose records no watermark covers.</summary>
    /// <param name="paths">The files.</param>
    /// <param name="isCovered">Whether a record of this source path and row is covered.</param>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not read a file.</exception>
    public static HashSet<UInt128> ReadIds(IEnumerable<string> paths, Func<string, long, bool> isCovered)
    {
        var ids = new HashSet<UInt128>();
        foreach (string path in paths)
        {
            ReadAll(
                path,
                head =>
                {
                    if (head is { Source: { } source, Row: { } row } && !isCovered(source, row))
                        ids.Add(head.Id);
                },
                CancellationToken.None);
        }
        return ids;
    }

    /// <summary>Reads the heads of the whole letters in a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="take">Takes each head.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>How many lines are not letters, and whether the last line is incomplete.</returns>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not read the file.</exception>
    public static (long Unreadable, bool IsTorn) ReadAll(string path, Action<DeadLetterHead> take, CancellationToken cancellationToken)
    {
        long unreadable = 0;
        bool isTorn = false;
        new JsonLineFile(path, MaxBytes).Read(
            (start, shape) =>
            {
                if (!DeadLetterLine.IsTorn(start, shape.IsClosed) && TryRead(start, out DeadLetterHead head))
                    take(head);
                else if (shape.HasEnd)
                    unreadable++;
                else
                    isTorn = true;
            },
            cancellationToken);
        return (unreadable, isTorn);
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

    private static bool TryRead(ReadOnlySpan<byte> line, bool onlyId, out DeadLetterHead head)
    {
        head = new DeadLetterHead(0, "", default, "", null, null, null, null, Attempts: 1);
        bool hasId = false;
        try
        {
            var json = new Utf8JsonReader(line, isFinalBlock: false, new JsonReaderState(new JsonReaderOptions { MaxDepth = DeadLetterFormat.MaxDepth }));
            if (!json.Read() || json.TokenType != JsonTokenType.StartObject)
                return false;
            while (!(hasId && onlyId) && json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                // The data of a letter comes last, and may be large or damaged.
                if (json.ValueTextEquals(DeadLetterFormat.Data))
                    break;
                string name = JsonString.Read(ref json);
                if (!json.Read())
                    break;
                hasId |= name == DeadLetterFormat.LetterId && json.TokenType == JsonTokenType.String;
                if (json.TokenType == JsonTokenType.String)
                    head = head.With(name, JsonString.ReadAsWritten(ref json));
                else if (json.TokenType == JsonTokenType.Number && json.TryGetInt64(out long number))
                    head = head.With(name, number);
                else if (!json.TrySkip())
                    break;
            }
            return hasId;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private DeadLetterHead With(string name, string text) => name switch
    {
        DeadLetterFormat.LetterId => this with { Id = ToNumber(text) },
        DeadLetterFormat.RunId => this with { RunId = text },
        DeadLetterFormat.Time when DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time) =>
            this with { Time = time.ToUniversalTime() },
        DeadLetterFormat.Code => this with { Code = text },
        DeadLetterFormat.Column => this with { Column = text },
        DeadLetterFormat.Source => this with { Source = text },
        _ => this,
    };

    private DeadLetterHead With(string name, long number) => name switch
    {
        DeadLetterFormat.Line => this with { Line = number },
        DeadLetterFormat.Row => this with { Row = number },
        DeadLetterFormat.Attempts => this with { Attempts = number },
        _ => this,
    };
}
