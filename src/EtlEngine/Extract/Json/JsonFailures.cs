using System.Text;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Extract.Json;

/// <summary>Creates a failed record for an invalid item. No message contains a value.</summary>
internal static class JsonFailures
{
    private static readonly Schema Raw = new(["raw"]);

    /// <summary>The code and the message for an error.</summary>
    /// <param name="what">What the text is: an item, an answer.</param>
    /// <param name="row">What is wrong with it.</param>
    /// <param name="format">How it was read.</param>
    public static (string Code, string Words) Describe(string what, JsonRow row, JsonFormat format) => row.Fault switch
    {
        JsonFault.NotAnObject when format.RowColumns is { Count: > 0 } => (ErrorCodes.NotAnObject, $"The {what} is not a list of values, as -RowColumn says it is."),
        JsonFault.NotAnObject when format.RowColumns is not null => (ErrorCodes.NotAnObject, $"The {what} is not an object, so it has no columns. -RowColumn with one name makes a column of plain values, with several of lists."),
        JsonFault.NotAnObject => (ErrorCodes.NotAnObject, $"The {what} is not an object, so it has no columns."),
        JsonFault.TooLarge => (ErrorCodes.RecordTooLarge, $"The {what} is longer than {format.MaxItemBytes} bytes (-MaxItemBytes)."),
        JsonFault.InvalidBytes => (ErrorCodes.InvalidBytes, $"The {what} has bytes that are not text in the encoding it was read in, or half a surrogate pair."),
        JsonFault.DuplicateName => (ErrorCodes.DuplicateName, $"The {what} has the name '{row.FaultName}' twice; column names are compared without case. -DuplicateName Rename or UseLast reads it."),
        JsonFault.TooFewFields => (ErrorCodes.TooFewFields, $"The {what} has fewer than {format.RowColumns!.Count} values (-RowColumn)."),
        JsonFault.TooManyFields => (ErrorCodes.TooManyFields, $"The {what} has more than {format.RowColumns!.Count} values (-RowColumn)."),
        JsonFault.EmptyName => (ErrorCodes.InvalidJson, $"The {what} has a member without a name."),
        JsonFault.CommaBehind => (ErrorCodes.InvalidJson, $"There is a comma behind the {what}. In JSON lines nothing separates them: remove the commas at the ends of the lines."),
        JsonFault.MoreBehind => (ErrorCodes.InvalidJson, $"There is something behind the {what} on its line, at byte {row.FaultOffset}. -Format Json reads several objects on a line."),
        _ => (ErrorCodes.InvalidJson, $"The {what} is not valid JSON at byte {row.FaultOffset}{(row.Line > 0 ? $" (byte {row.FaultOffset - row.Offset + 1} of the {what})" : "")}."),
    };

    public static Record Of(JsonRow row, ReadOnlySpan<byte> item, JsonFormat format, Record lineage, Func<string, string, string?, string?, RecordError> newError)
    {
        (string code, string what) = Describe("item", row, format);
        string raw = Encoding.UTF8.GetString(Utf8Text.Beginning(item, JsonItemFinder.MaxRawBytes));
        return lineage.Derive(new Record(Raw, [raw])).Fail(newError(code, what, null, null));
    }
}
