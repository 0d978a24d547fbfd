using EtlTools.Engine.Records;

namespace EtlTools.Engine.Load;

/// <summary>Describes for messages a value that a column does not accept, without showing it.</summary>
internal static class ValueKind
{
    /// <summary>What the value is and how to make it fit, in sentences.</summary>
    public static string Advise(Record record, int index)
    {
        if (record.TryGetUnreadUtf8(index, out ReadOnlySpan<byte> utf8))
            return OfText(utf8.IsEmpty, isBlank: utf8.TrimStart((byte)' ').IsEmpty);
        return record[index] switch
        {
            string text => OfText(text.Length == 0, string.IsNullOrWhiteSpace(text)),
            JsonValue { IsArray: true } => "The value is a list: choose an item or join the items to a text with Invoke-EtlTransform (-ScriptBlock or -SetColumn), or load it into a JSON or text column.",
            JsonValue => "The value is an object: choose its properties with Invoke-EtlTransform (-ScriptBlock or -SetColumn), or load it into a JSON or text column.",
            var value => $"The value is of the type {value!.GetType().Name}. Convert it with Invoke-EtlTransform (-Type, -SetColumn or -ScriptBlock), or give the column a type that takes it.",
        };
    }

    private static string OfText(bool isEmpty, bool isBlank) => isEmpty
        ? "The value is an empty text: Import-EtlCsv -NullValue '' or Invoke-EtlTransform -SetColumn makes it null."
        : isBlank
            ? "The value is only spaces: Invoke-EtlTransform -Trim removes them."
            : "The value is text: convert it with Invoke-EtlTransform -Type (with -Culture or -DateTimeFormat if needed), or give the column a type that takes text.";
}
