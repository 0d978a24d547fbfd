using System.Globalization;
using System.Text.Json;
using EtlTools.Engine.DeadLetters;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Report;

/// <summary>The parts of a dead letter that a report uses: its cause and position, and none of its data.</summary>
internal readonly record struct LetterHead(
    UInt128 Id, string RunId, DateTimeOffset Time, string Code, string? Column, string? Source, long? Line, long? Row, long Attempts)
{
    /// <summary>Parses a letter up to its data, which comes last.</summary>
    /// <param name="line">The beginning of a line.</param>
    /// <param name="head">The parsed parts.</param>
    /// <returns>False if the line is not a letter.</returns>
    public static bool TryRead(ReadOnlySpan<byte> line, out LetterHead head)
    {
        head = new LetterHead(0, "", default, "", null, null, null, null, 1);
        bool hasId = false;
        try
        {
            var json = new Utf8JsonReader(line, isFinalBlock: false, default);
            if (!json.Read() || json.TokenType != JsonTokenType.StartObject)
                return false;
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                string name = JsonString.Read(ref json);
                if (!json.Read())
                    break;
                hasId |= name == DeadLetterFormat.LetterId;
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

    private LetterHead With(string name, string text) => name switch
    {
        DeadLetterFormat.LetterId => this with { Id = DeadLetterHead.ToNumber(text) },
        DeadLetterFormat.RunId => this with { RunId = text },
        DeadLetterFormat.Time when DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time) =>
            this with { Time = time.ToUniversalTime() },
        DeadLetterFormat.Code => this with { Code = text },
        DeadLetterFormat.Column => this with { Column = text },
        DeadLetterFormat.Source => this with { Source = text },
        _ => this,
    };

    private LetterHead With(string name, long number) => name switch
    {
        DeadLetterFormat.Line => this with { Line = number },
        DeadLetterFormat.Row => this with { Row = number },
        DeadLetterFormat.Attempts => this with { Attempts = number },
        _ => this,
    };
}
