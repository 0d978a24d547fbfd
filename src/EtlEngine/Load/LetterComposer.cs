using System.Globalization;
using System.Text.Json;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Load;

/// <summary>Writes the JSON of a dead letter.</summary>
internal sealed class LetterComposer(Guid runId, TimeProvider time)
{
    private readonly LetterIds _ids = new(runId);
    private readonly string _runId = runId.ToString();
    private readonly List<(string Column, string Type)> _types = [];

    /// <summary>The id of a letter to be written.</summary>
    public string NextId(Record failed, int? sibling) => _ids.Next(failed, sibling);

    public void Compose(Utf8JsonWriter json, Record failed, string id)
    {
        RecordError error = failed.Error!;
        SourcePosition position = failed.Position;
        json.WriteStartObject();
        json.WriteString("letterId", id);
        json.WriteString("runId", _runId);
        json.WriteString("time", time.GetUtcNow().ToString("O", CultureInfo.InvariantCulture));
        json.WriteString("stage", error.Stage);
        json.WriteString("source", failed.HasPosition ? position.Source?.Path : null);
        json.WriteString("fingerprint", failed.HasPosition ? position.Source?.Fingerprint : null);
        WriteNumber(json, "line", failed.HasPosition && position.Line > 0 ? position.Line : null);
        WriteNumber(json, "row", failed.HasPosition ? position.Row : null);
        WriteNumber(json, "byteOffset", failed.HasPosition ? position.ByteOffset : null);
        json.WriteString("id", failed.Id);
        json.WriteString("column", error.Column);
        json.WriteString("code", error.Code);
        json.WriteString("message", error.Message);
        json.WriteString("detail", error.Detail);
        json.WriteNumber("attempts", error.Attempts);
        WriteData(json, failed);
        json.WriteEndObject();
    }

    private static void WriteNumber(Utf8JsonWriter json, string name, long? value)
    {
        if (value is { } number)
            json.WriteNumber(name, number);
        else
            json.WriteNull(name);
    }

    private void WriteData(Utf8JsonWriter json, Record failed)
    {
        _types.Clear();
        json.WriteStartObject("data");
        for (int i = 0; i < failed.Schema.Count; i++)
        {
            json.WritePropertyName(failed.Schema[i]);
            if (failed.TryGetUnreadUtf8(i, out ReadOnlySpan<byte> utf8))
                json.WriteStringValue(utf8);
            else if (JsonText.Write(json, failed[i]) is { } type)
                _types.Add((failed.Schema[i], type));
        }
        json.WriteEndObject();
        if (_types.Count == 0)
            return;
        json.WriteStartObject("types");
        foreach ((string column, string type) in _types)
            json.WriteString(column, type);
        json.WriteEndObject();
    }
}
