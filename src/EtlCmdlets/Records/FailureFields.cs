using EtlTools.Engine.Records;

namespace EtlTools.Cmdlets;

/// <summary>
/// The members of EtlLetter and EtlError, read from the record itself, so that failed records can be grouped, filtered and sorted by
/// Code. They are not listed as properties, and a column of the same name wins.
/// </summary>
internal static class FailureFields
{
    public static bool TryGet(Record record, string name, out object? value)
    {
        (bool found, value) = record.Error is { } error ? Of(EtlRecordError.Of(error), name)
            : record.DeadLetter is { } letter ? Of(EtlDeadLetter.Of(letter), name) : (false, null);
        return found;
    }

    private static (bool Found, object? Value) Of(EtlRecordError error, string name) => name.ToUpperInvariant() switch
    {
        "CODE" => (true, error.Code),
        "COLUMN" => (true, error.Column),
        "MESSAGE" => (true, error.Message),
        "STAGE" => (true, error.Stage),
        "ATTEMPTS" => (true, error.Attempts),
        _ => (false, null),
    };

    private static (bool Found, object? Value) Of(EtlDeadLetter letter, string name) => name.ToUpperInvariant() switch
    {
        "CODE" => (true, letter.Code),
        "COLUMN" => (true, letter.Column),
        "MESSAGE" => (true, letter.Message),
        "DETAIL" => (true, letter.Detail),
        "STAGE" => (true, letter.Stage),
        "ATTEMPTS" => (true, letter.Attempts),
        "TIME" => (true, letter.Time),
        "RUNID" => (true, letter.RunId),
        "LETTERID" => (true, letter.LetterId),
        _ => (false, null),
    };
}
