using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using EtlTools.Engine.Records;
using EtlTools.Engine.Stages;

namespace EtlTools.Engine.Extract.DeadLetters;

/// <summary>Makes records of dead letters: one worker of the source.</summary>
internal sealed class LetterParser(IWorkerPort<LetterChunk> pool, DeadLetterOptions options)
{
    /// <summary>What is kept of a line that cannot be read, in bytes.</summary>
    private const int MaxRawBytes = 64 * 1024;

    private static readonly Schema Raw = new(["raw"]);

    private readonly SchemaCache _schemas = new();
    private readonly Dictionary<string, string> _types = [];
    private readonly List<string> _names = [];
    private readonly List<object?> _values = [];
    private SourceInfo? _source;

    public async Task RunAsync()
    {
        await foreach (LetterChunk chunk in pool.Input.ReadAllAsync(pool.Stopping).ConfigureAwait(false))
        {
            long begunAt = pool.Time.GetTimestamp();
            chunk.Made = chunk.Lines.Count + chunk.Repeated;
            chunk.Filtered = chunk.Repeated;
            foreach (LetterChunk.Line line in chunk.Lines)
            {
                if (Read(chunk, line) is { } record)
                    chunk.Output.Add(record);
                else
                    chunk.Filtered++;
            }
            pool.Finish(chunk, pool.Time.GetElapsedTime(begunAt));
        }
    }

    private Record? Read(LetterChunk chunk, LetterChunk.Line line)
    {
        var place = new SourcePosition(chunk.File, line.Number, line.Offset, line.Number);
        try
        {
            using var document = JsonDocument.Parse(chunk[line]);
            return Read(document.RootElement, place);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or FormatException or InvalidOperationException or ArgumentException or OverflowException)
        {
            RecordError error = pool.NewError(
                ErrorCodes.MalformedLetter, "The line is no dead letter: it is no JSON object with 'letterId' and 'data', or a value is not of the type that 'types' gives it.");
            string raw = Encoding.UTF8.GetString(chunk[line].Span[..Math.Min(line.Length, MaxRawBytes)]);
            return new Record(Raw, new LetterBlock(place, null, null), 0).Derive(new Record(Raw, [raw])).Fail(error);
        }
    }

    /// <summary>The record of a letter, or null where it is not asked for.</summary>
    private Record? Read(JsonElement root, SourcePosition place)
    {
        var letter = new DeadLetter
        {
            LetterId = root.GetProperty("letterId").GetString() ?? "",
            RunId = Text(root, "runId") ?? "",
            Time = root.TryGetProperty("time", out JsonElement time) ? time.GetDateTimeOffset() : default,
            Stage = Text(root, "stage") ?? "",
            Code = Text(root, "code") ?? "",
            Column = Text(root, "column"),
            Message = Text(root, "message") ?? "",
            Detail = Text(root, "detail"),
            Attempts = (int)(Number(root, "attempts") ?? 1),
        };
        if (!options.Filter(letter))
            return null;
        ReadTypes(root);
        _names.Clear();
        _values.Clear();
        foreach (JsonProperty column in root.GetProperty("data").EnumerateObject())
        {
            _names.Add(column.Name);
            _values.Add(LetterValueReader.Read(column.Value, _types.GetValueOrDefault(column.Name)));
        }
        Schema schema = _schemas.Get(_names);
        var lineage = new Record(schema, new LetterBlock(PositionOf(root) ?? place, Text(root, "id"), letter), 0);
        return lineage.Derive(new Record(schema, [.. _values]));
    }

    private void ReadTypes(JsonElement root)
    {
        _types.Clear();
        if (!root.TryGetProperty("types", out JsonElement types))
            return;
        foreach (JsonProperty type in types.EnumerateObject())
            _types[type.Name] = type.Value.GetString()!;
    }

    private SourcePosition? PositionOf(JsonElement root)
    {
        if (Text(root, "source") is not { } path)
            return null;
        string fingerprint = Text(root, "fingerprint") ?? "";
        if (_source?.Path != path || _source.Fingerprint != fingerprint)
            _source = new SourceInfo(NameOf(path), path, fingerprint);
        return new SourcePosition(_source, Number(root, "line") ?? 0, Number(root, "byteOffset") ?? 0, Number(root, "row") ?? 0);
    }

    /// <summary>The last part of a path of any operating system, or of an address.</summary>
    private static string NameOf(string path)
    {
        string name = path[(path.LastIndexOfAny(['/', '\\']) + 1)..];
        return name.Length > 0 ? name : path;
    }

    private static string? Text(JsonElement root, string name) =>
        root.TryGetProperty(name, out JsonElement value) ? value.GetString() : null;

    private static long? Number(JsonElement root, string name) =>
        root.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value.GetInt64() : null;
}
