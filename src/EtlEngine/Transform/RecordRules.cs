using System.Globalization;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Transform;

/// <summary>Makes an error of the stage that applies the rules.</summary>
public delegate RecordError ErrorFactory(string code, string message, string? column = null, string? detail = null);

/// <summary>
/// Converts and checks records by declared rules. All breaches of a record are reported together; the record that fails
/// keeps the values it came in with. Safe for several threads.
/// </summary>
public sealed class RecordRules(TransformOptions options)
{
    private readonly HashSet<string> _unseen = new(options.Types.Keys.Concat(options.MaxLength.Keys), StringComparer.OrdinalIgnoreCase);
    private Schema? _lastChecked;

    /// <summary>Columns that a type or a length was given for and that no record has had so far.</summary>
    public IReadOnlyCollection<string> UnseenColumns
    {
        get
        {
            lock (_unseen)
                return [.. _unseen];
        }
    }

    /// <summary>Applies the rules.</summary>
    /// <returns>The record, converted; or a failed one.</returns>
    public Record Apply(Record record, ErrorFactory newError)
    {
        ArgumentNullException.ThrowIfNull(record);
        ArgumentNullException.ThrowIfNull(newError);
        Note(record.Schema);
        var breaches = default(Breaches);
        Record converted = Convert(record, ref breaches);
        foreach (string column in options.Required)
        {
            if (!converted.TryGetValue(column, out object? value))
                breaches.Add(ErrorCodes.RequiredMissing, column, $"the required column '{column}' is missing");
            else if (value is null or "")
                breaches.Add(ErrorCodes.RequiredMissing, column, $"the required column '{column}' is {(value is null ? "null" : "empty")}");
        }
        foreach ((string column, int limit) in options.MaxLength)
        {
            if (converted.TryGetValue(column, out object? value) && LengthOf(value) is var length && length > limit)
                breaches.Add(ErrorCodes.MaxLengthExceeded, column, $"column '{column}' has {length} characters, more than -MaxLength {limit}");
        }
        return breaches.First is null ? converted : record.Fail(newError(breaches.First, breaches.Message, breaches.Column));
    }

    private static int LengthOf(object? value) => value switch
    {
        null => 0,
        string text => text.Length,
        _ => System.Convert.ToString(value, CultureInfo.InvariantCulture)?.Length ?? 0,
    };

    private Record Convert(Record record, ref Breaches breaches)
    {
        if (options.Types.Count == 0)
            return record;
        Record converted = record.Clone();
        foreach ((string column, ColumnType type) in options.Types)
        {
            int index = converted.Schema.IndexOf(column);
            if (index < 0)
                continue;
            if (ValueConversion.TryConvert(converted[index], type, out object? value))
                converted[index] = value;
            else
                breaches.Add(ErrorCodes.ConversionFailed, column, $"column '{column}' holds no {ColumnTypes.NameOf(type)}");
        }
        return converted;
    }

    private void Note(Schema schema)
    {
        if (ReferenceEquals(Volatile.Read(ref _lastChecked), schema))
            return;
        lock (_unseen)
            _unseen.RemoveWhere(column => schema.IndexOf(column) >= 0);
        Volatile.Write(ref _lastChecked, schema);
    }

    private struct Breaches
    {
        private List<string>? _messages;

        public string? First { get; private set; }

        public string? Column { get; private set; }

        public readonly string Message
        {
            get
            {
                string joined = string.Join("; ", _messages!);
                return string.Concat(char.ToUpperInvariant(joined[0]).ToString(), joined.AsSpan(1), ".");
            }
        }

        public void Add(string code, string column, string message)
        {
            First ??= code;
            Column ??= column;
            (_messages ??= []).Add(message);
        }
    }
}
