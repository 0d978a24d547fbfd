using EtlTools.Engine.Records;

namespace EtlTools.Engine.Load;

/// <summary>What messages say of a value that a column does not take, without telling it.</summary>
internal static class ValueKind
{
    /// <summary>What the value is, and how it becomes one that fits: sentences.</summary>
    public static string Advise(Record record, int index)
    {
        if (record.TryGetUnreadUtf8(index, out ReadOnlySpan<byte> utf8))
            return OfText(utf8.IsEmpty, isBlank: utf8.TrimStart((byte)' ').IsEmpty);
        return record[index] switch
        {
            string text => OfText(text.Length == 0, string.IsNullOrWhiteSpace(text)),
            JsonValue { IsArray: true } => "The value is a list: take an item of it, or join it to a text, with -ScriptBlock or -SetColumn of Invoke-EtlTransform, or load it into a JSON or text column.",
            JsonValue => "The value is an object: take its properties with -ScriptBlock or -SetColumn of Invoke-EtlTransform, or load it into a JSON or text column.",
            var value => $"The value is of the type {value!.GetType().Name}: convert it with -Type, -SetColumn or -ScriptBlock of Invoke-EtlTransform, or give the column a type that takes it.",
        };
    }

    private static string OfText(bool isEmpty, bool isBlank) => isEmpty
        ? "The value is an empty text: it becomes null with -NullValue '' of Import-EtlCsv, or with -SetColumn of Invoke-EtlTransform."
        : isBlank
            ? "The value is a text of spaces: they are taken away with -Trim of Invoke-EtlTransform."
            : "The value is text: name its form with -Type and, where it needs them, -Culture or -DateTimeFormat of Invoke-EtlTransform, or give the column a type that takes it.";
}
