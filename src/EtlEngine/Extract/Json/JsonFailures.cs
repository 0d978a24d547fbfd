using System.Text;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Extract.Json;

/// <summary>Makes a failed record of an item that is none. No message holds a value.</summary>
internal static class JsonFailures
{
    private static readonly Schema Raw = new(["raw"]);

    public static Record Of(JsonRow row, ReadOnlySpan<byte> item, JsonFormat format, Record lineage, Func<string, string, string?, string?, RecordError> newError)
    {
        (string code, string what) = row.Fault switch
        {
            JsonFault.NotAnObject => (ErrorCodes.NotAnObject, "The item is no object, so it has no columns."),
            JsonFault.TooLarge => (ErrorCodes.RecordTooLarge, $"The item is longer than {format.MaxItemBytes} bytes (-MaxItemBytes)."),
            JsonFault.InvalidBytes => (ErrorCodes.InvalidBytes, "The item has bytes that are no text in UTF-8, or half a surrogate pair."),
            JsonFault.DuplicateName => (ErrorCodes.DuplicateName, $"The item has the name '{row.FaultName}' twice; column names are compared without case."),
            JsonFault.EmptyName => (ErrorCodes.InvalidJson, "The item has a member without a name."),
            _ => (ErrorCodes.InvalidJson, $"The item is no valid JSON at byte {row.FaultOffset}."),
        };
        int length = Math.Min(item.Length, JsonBodyReader.MaxRawBytes);
        // Not in the middle of a character.
        while (length > 0 && length < item.Length && (item[length] & 0xC0) == 0x80)
            length--;
        return lineage.Derive(new Record(Raw, [Encoding.UTF8.GetString(item[..length])])).Fail(newError(code, what, null, null));
    }
}
