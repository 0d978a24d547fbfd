using System.Globalization;
using System.Text.Json;
using EtlTools.Engine.Records;
using EtlTools.Engine.Telemetry;

namespace EtlTools.Engine.DeadLetters;

/// <summary>
/// The JSON of a dead letter: the names of its members, how a failed record is written and how it is read back. A new member is
/// a name here, a line in <see cref="Writer"/> and a line in <see cref="Reader"/>.
/// </summary>
internal static class DeadLetterFormat
{
    /// <summary>The first member of a line, so that the id is found without reading the rest.</summary>
    public const string LetterId = "letterId";

    public const string Source = "source";
    public const string Row = "row";

    private const string RunId = "runId";
    private const string Time = "time";
    private const string Stage = "stage";
    private const string Fingerprint = "fingerprint";
    private const string Line = "line";
    private const string ByteOffset = "byteOffset";
    private const string Id = "id";
    private const string Column = "column";
    private const string Code = "code";
    private const string Message = "message";
    private const string Detail = "detail";
    private const string Attempts = "attempts";
    private const string Data = "data";
    private const string Types = "types";

    /// <summary>Writes failed records. All but the data passes the redactor.</summary>
    internal sealed class Writer(Guid runId, TimeProvider time, Redactor redactor, Func<object, object?>? lookInto)
    {
        private readonly string _runId = runId.ToString();
        private readonly List<(string, JsonTypeHint)> _types = [];

        public void Write(Utf8JsonWriter json, Record failed, string id)
        {
            RecordError error = failed.Error!;
            SourcePosition position = failed.Position;
            json.WriteStartObject();
            json.WriteString(LetterId, id);
            json.WriteString(RunId, _runId);
            json.WriteString(Time, time.GetUtcNow().ToString("O", CultureInfo.InvariantCulture));
            json.WriteString(Stage, error.Stage);
            json.WriteString(Source, redactor.Redact(failed.HasPosition ? position.Source?.Path : null));
            json.WriteString(Fingerprint, failed.HasPosition ? position.Source?.Fingerprint : null);
            WriteNumber(json, Line, failed.HasPosition && position.Line > 0 ? position.Line : null);
            WriteNumber(json, Row, failed.HasPosition ? position.Row : null);
            WriteNumber(json, ByteOffset, failed.HasPosition ? position.ByteOffset : null);
            json.WriteString(Id, redactor.Redact(failed.Id));
            json.WriteString(Column, error.Column);
            json.WriteString(Code, error.Code);
            json.WriteString(Message, redactor.Redact(error.Message));
            json.WriteString(Detail, redactor.Redact(error.Detail));
            json.WriteNumber(Attempts, error.Attempts);
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
            json.WriteStartObject(Data);
            for (int i = 0; i < failed.Schema.Count; i++)
            {
                json.WritePropertyName(failed.Schema[i]);
                if (failed.TryGetUnreadUtf8(i, out ReadOnlySpan<byte> utf8))
                    json.WriteStringValue(utf8);
                else if (JsonText.Write(json, failed[i], lookInto) is { } type)
                    _types.Add((failed.Schema[i], type));
            }
            json.WriteEndObject();
            if (JsonTypeHint.Of(_types) is not { } types)
                return;
            json.WritePropertyName(Types);
            types.WriteTo(json);
        }
    }

    /// <summary>Reads dead letters back as records. One thread.</summary>
    internal sealed class Reader(Func<DeadLetter, bool> filter)
    {
        private readonly SchemaCache _schemas = new();
        private readonly List<string> _names = [];
        private readonly List<object?> _values = [];
        private SourceInfo? _source;

        /// <summary>The record of a dead letter, or null where the filter leaves it out.</summary>
        /// <param name="root">The dead letter.</param>
        /// <param name="place">Where it stands in its file: the position of a record that had none.</param>
        /// <exception cref="KeyNotFoundException">It has no id or no data.</exception>
        /// <exception cref="FormatException">A value is not of its type.</exception>
        /// <exception cref="InvalidOperationException">A member is not of the kind of JSON that it has to be.</exception>
        /// <exception cref="ArgumentException">The names of the columns cannot stand beside each other.</exception>
        public Record? Read(JsonElement root, SourcePosition place)
        {
            var letter = new DeadLetter
            {
                LetterId = root.GetProperty(LetterId).GetString() ?? "",
                RunId = Text(root, RunId) ?? "",
                Time = root.TryGetProperty(Time, out JsonElement time) ? time.GetDateTimeOffset() : default,
                Stage = Text(root, Stage) ?? "",
                Code = Text(root, Code) ?? "",
                Column = Text(root, Column),
                Message = Text(root, Message) ?? "",
                Detail = Text(root, Detail),
                Attempts = (int)(Number(root, Attempts) ?? 1),
            };
            if (!filter(letter))
                return null;
            bool isTyped = root.TryGetProperty(Types, out JsonElement types);
            _names.Clear();
            _values.Clear();
            foreach (JsonProperty column in root.GetProperty(Data).EnumerateObject())
            {
                _names.Add(column.Name);
                _values.Add(JsonTextReader.Read(column.Value, isTyped && types.TryGetProperty(column.Name, out JsonElement type) ? type : default));
            }
            Schema schema = _schemas.Get(_names);
            var lineage = new Record(schema, new DeadLetterBlock(PositionOf(root) ?? place, Text(root, Id), letter), 0);
            return lineage.Derive(new Record(schema, [.. _values]));
        }

        private SourcePosition? PositionOf(JsonElement root)
        {
            if (Text(root, Source) is not { } path)
                return null;
            string fingerprint = Text(root, Fingerprint) ?? "";
            if (_source?.Path != path || _source.Fingerprint != fingerprint)
                _source = new SourceInfo(NameOf(path), path, fingerprint);
            return new SourcePosition(_source, Number(root, Line) ?? 0, Number(root, ByteOffset) ?? 0, Number(root, Row) ?? 0);
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
}
