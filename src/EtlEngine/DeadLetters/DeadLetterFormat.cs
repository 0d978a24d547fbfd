using System.Globalization;
using System.Text.Json;
using EtlTools.Engine.Records;
using EtlTools.Engine.Telemetry;
using EtlTools.Engine.Transform;

namespace EtlTools.Engine.DeadLetters;

/// <summary>
/// The JSON format of a dead letter: the names of its members, and how a failed record is written and read back. A new member needs a name
/// here, a line in <see cref="Writer"/> and a line in <see cref="Reader"/>.
/// </summary>
internal static class DeadLetterFormat
{
    /// <summary>How deep the JSON of a letter may be: a record's value, or the types in it, in the letter's own objects.</summary>
    public const int MaxDepth = (2 * JsonValue.MaxDepth) + 8;

    /// <summary>The first member of a line, so that the id is found without reading the rest.</summary>
    public const string LetterId = "letterId";

    public const string Source = "source";
    public const string Row = "row";

    public const string RunId = "runId";
    public const string Time = "time";
    private const string Stage = "stage";
    private const string Fingerprint = "fingerprint";
    public const string Line = "line";
    private const string ByteOffset = "byteOffset";
    private const string Id = "id";
    public const string Column = "column";
    public const string Code = "code";
    private const string Message = "message";
    private const string Detail = "detail";
    public const string Attempts = "attempts";
    public const string Data = "data";
    private const string Types = "types";
    private const string Unconverted = "unconverted";
    private const string Unread = "unread";
    private const string Culture = "culture";
    private const string DateTimeFormat = "dateTimeFormat";
    private const string TimeZone = "timeZone";
    private const string NumberNotation = "numberNotation";
    private const string TrueValue = "trueValue";
    private const string FalseValue = "falseValue";

    /// <summary>Writes failed records. Everything except the data passes the redactor.</summary>
    internal sealed class Writer(Guid runId, TimeProvider time, Redactor redactor, Func<object, object?>? lookInto)
    {
        private readonly string _runId = runId.ToString();
        private readonly List<(string, JsonTypeHint)> _types = [];
        private readonly List<string> _unwritten = [];

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
            WriteUnconverted(json, failed);
            if (error.Unread.Count > 0 || _unwritten.Count > 0)
                WriteTexts(json, Unread, [.. error.Unread.Union(_unwritten, StringComparer.OrdinalIgnoreCase)]);
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
            _unwritten.Clear();
            json.WriteStartObject(Data);
            for (int i = 0; i < failed.Schema.Count; i++)
            {
                json.WritePropertyName(failed.Schema[i]);
                if (failed.TryGetUnreadUtf8(i, out ReadOnlySpan<byte> utf8))
                {
                    json.WriteStringValue(utf8);
                    continue;
                }
                if (JsonText.WriteForReturn(json, failed[i], lookInto, out bool isWhole) is { } type)
                    _types.Add((failed.Schema[i], type));
                if (!isWhole)
                    _unwritten.Add(failed.Schema[i]);
            }
            json.WriteEndObject();
            if (JsonTypeHint.Of(_types) is not { } types)
                return;
            json.WritePropertyName(Types);
            types.WriteTo(json);
        }

        /// <summary>How to read the texts that are not converted yet: those of this stage, and those from the letter of the record that are
        /// still unchanged.</summary>
        private static void WriteUnconverted(Utf8JsonWriter json, Record failed)
        {
            IReadOnlyList<UnconvertedText> own = failed.Error!.Unconverted;
            bool any = false;
            for (int i = 0; i < failed.Schema.Count && (own.Count > 0 || failed.DeadLetter is { Unconverted.Count: > 0 }); i++)
            {
                UnconvertedText? text = own.FirstOrDefault(text => ReferenceEquals(text.Text, failed[i])) ?? UnconvertedText.In(failed, i);
                if (text is null)
                    continue;
                if (!any)
                    json.WriteStartObject(Unconverted);
                any = true;
                WriteContext(json, failed.Schema[i], text.Context);
            }
            if (any)
                json.WriteEndObject();
        }

        /// <summary>Null means a culture or a time zone that has no name.</summary>
        private static void WriteContext(Utf8JsonWriter json, string column, ConversionContext context)
        {
            json.WriteStartObject(column);
            json.WriteString(Culture, context.Culture is { } culture ? NamedConversion.NameOf(culture) : null);
            WriteTexts(json, DateTimeFormat, context.DateTimeFormats);
            json.WriteString(TimeZone, context.TimeZone is { } zone ? NamedConversion.NameOf(zone) : null);
            if (context.NumberNotation is { } notation and not NumberNotations.Plain)
                json.WriteString(NumberNotation, notation.ToString());
            if (context.TrueValues is { Count: > 0 } || context.FalseValues is { Count: > 0 })
            {
                WriteTexts(json, TrueValue, context.TrueValues);
                WriteTexts(json, FalseValue, context.FalseValues);
            }
            json.WriteEndObject();
        }

        private static void WriteTexts(Utf8JsonWriter json, string name, IReadOnlyList<string>? texts)
        {
            json.WriteStartArray(name);
            foreach (string text in texts ?? [])
                json.WriteStringValue(text);
            json.WriteEndArray();
        }
    }

    /// <summary>Reads dead letters back as records. One thread.</summary>
    internal sealed class Reader(Func<DeadLetter, bool> filter)
    {
        private readonly SchemaCache _schemas = new();
        private readonly List<string> _names = [];
        private readonly List<object?> _values = [];
        private SourceInfo? _source;
        private (string Json, ConversionContext Context) _context = ("", ConversionContext.None);

        /// <summary>The record of a dead letter, or null if the filter leaves it out.</summary>
        /// <param name="root">The dead letter.</param>
        /// <param name="place">Its position in its file, used for a record that had no position.</param>
        /// <exception cref="MalformedLetterException">It is no letter, or its data is damaged.</exception>
        /// <exception cref="FormatException">A member does not have its form.</exception>
        /// <exception cref="InvalidOperationException">A member has the wrong kind of JSON value.</exception>
        public Record? Read(JsonElement root, SourcePosition place)
        {
            if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty(LetterId, out JsonElement id)
                || !root.TryGetProperty(Data, out JsonElement data) || data.ValueKind != JsonValueKind.Object)
            {
                throw new MalformedLetterException("it is not a JSON object with 'letterId' and an object 'data'");
            }
            var letter = new DeadLetter
            {
                LetterId = JsonString.ReadAsWritten(id),
                RunId = Text(root, RunId) ?? "",
                Time = root.TryGetProperty(Time, out JsonElement time) ? time.GetDateTimeOffset() : default,
                Stage = Text(root, Stage) ?? "",
                Code = Text(root, Code) ?? "",
                Column = Text(root, Column),
                Message = Text(root, Message) ?? "",
                Detail = Text(root, Detail),
                Attempts = (int)(Number(root, Attempts) ?? 1),
                Unread = Texts(root, Unread),
            };
            if (!filter(letter))
                return null;
            bool isTyped = root.TryGetProperty(Types, out JsonElement types);
            _names.Clear();
            _values.Clear();
            foreach (JsonProperty column in data.EnumerateObject())
            {
                _names.Add(column.Name);
                _values.Add(Value(column, isTyped && types.TryGetProperty(column.Name, out JsonElement type) ? type : default));
            }
            if (root.TryGetProperty(Unconverted, out JsonElement unconverted))
                letter = letter with { Unconverted = [.. UnconvertedOf(unconverted)] };
            Schema schema = SchemaOfNames();
            var lineage = new Record(schema, new DeadLetterBlock(PositionOf(root) ?? place, Text(root, Id), letter), 0);
            return lineage.Derive(new Record(schema, [.. _values]));
        }

        private Schema SchemaOfNames()
        {
            try
            {
                return _schemas.Get(_names);
            }
            catch (ArgumentException e)
            {
                throw new MalformedLetterException("'data' has a column twice, or one without a name", inner: e);
            }
        }

        private static object? Value(JsonProperty column, JsonElement type)
        {
            try
            {
                return JsonTextReader.Read(column.Value, type);
            }
            catch (Exception e) when (e is FormatException or OverflowException)
            {
                string what = type.ValueKind == JsonValueKind.String ? $"is no {type}, the type" : "has a value that is not of the type";
                throw new MalformedLetterException($"'{column.Name}' in 'data' {what} that 'types' gives it; correct the value, or give it another type in 'types'", column.Name, e);
            }
        }

        /// <summary>The unconverted texts among the current values.</summary>
        private IEnumerable<UnconvertedText> UnconvertedOf(JsonElement unconverted)
        {
            foreach (JsonProperty column in unconverted.EnumerateObject())
            {
                int index = _names.FindIndex(name => name.Equals(column.Name, StringComparison.OrdinalIgnoreCase));
                if (index >= 0 && _values[index] is string { Length: > 0 } text)
                    yield return new UnconvertedText(column.Name, text, ContextOf(column.Value));
            }
        }

        private ConversionContext ContextOf(JsonElement json)
        {
            string raw = json.GetRawText();
            if (raw == _context.Json)
                return _context.Context;
            var context = new ConversionContext(
                Text(json, Culture) is { } culture ? NamedConversion.CultureOf(culture) : null,
                [.. json.GetProperty(DateTimeFormat).EnumerateArray().Select(JsonString.ReadAsWritten)],
                Text(json, TimeZone) is { } zone ? NamedConversion.ZoneOf(zone) : null)
            {
                NumberNotation = Text(json, NumberNotation) is { } notation ? Enum.Parse<NumberNotations>(notation) : NumberNotations.Plain,
                TrueValues = Texts(json, TrueValue),
                FalseValues = Texts(json, FalseValue),
            };
            _context = (raw, context);
            return context;
        }

        private static string[] Texts(JsonElement json, string name) =>
            json.TryGetProperty(name, out JsonElement texts) ? [.. texts.EnumerateArray().Select(JsonString.ReadAsWritten)] : [];

        private SourcePosition? PositionOf(JsonElement root)
        {
            if (Text(root, Source) is not { } path)
                return null;
            string fingerprint = Text(root, Fingerprint) ?? "";
            if (_source?.Path != path || _source.Fingerprint != fingerprint)
                _source = new SourceInfo(NameOf(path), path, fingerprint);
            return new SourcePosition(_source, Number(root, Line) ?? 0, Number(root, ByteOffset) ?? 0, Number(root, Row) ?? 0);
        }

        /// <summary>The last part of a path, of any operating system, or of an address.</summary>
        private static string NameOf(string path)
        {
            string name = path[(path.LastIndexOfAny(['/', '\\']) + 1)..];
            return name.Length > 0 ? name : path;
        }

        private static string? Text(JsonElement root, string name) =>
            root.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? JsonString.ReadAsWritten(value) : null;

        private static long? Number(JsonElement root, string name) =>
            root.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value.GetInt64() : null;
    }
}
