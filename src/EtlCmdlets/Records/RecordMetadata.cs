using EtlTools.Engine.DeadLetters;
using EtlTools.Engine.Records;

namespace EtlTools.Cmdlets;

/// <summary>The names under which a record gives its origin. A column of the same name takes precedence.</summary>
internal static class RecordMetadata
{
    public static bool TryGet(Record record, string name, out object? value)
    {
        value = null;
        if (!name.StartsWith("Etl", StringComparison.OrdinalIgnoreCase))
            return false;
        switch (name.ToUpperInvariant())
        {
            case "ETLSOURCE":
                value = record.HasPosition ? record.Position.Source.Path : null;
                return true;
            case "ETLPOSITION":
                value = record.HasPosition ? EtlPosition.Of(record.Position) : null;
                return true;
            case "ETLID":
                value = record.Id;
                return true;
            case "ETLERROR":
                value = record.Error is null ? null : EtlRecordError.Of(record.Error);
                return true;
            case "ETLLETTER":
                value = record.DeadLetter is { } letter ? EtlDeadLetter.Of(letter) : null;
                return true;
            default:
                return false;
        }
    }
}
