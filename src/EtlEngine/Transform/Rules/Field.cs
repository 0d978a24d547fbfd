using System.Text;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Transform.Rules;

/// <summary>A value as rules see it. A text that was not read yet is not converted to a string for them.</summary>
internal readonly ref struct Field
{
    private readonly ReadOnlySpan<char> _text;

    private Field(object? value, ReadOnlySpan<char> text, bool isText)
    {
        Value = value;
        IsText = isText;
        _text = text;
    }

    /// <summary>The value, unless it is a text.</summary>
    public object? Value { get; }

    public bool IsText { get; }

    public bool IsNull => !IsText && Value is null;

    /// <summary>The value's text, whatever its type; not for null.</summary>
    public ReadOnlySpan<char> Text => IsText ? _text : ValueText.Of(Value!);

    /// <summary>The text by which values are compared.</summary>
    public ReadOnlySpan<char> Key => KeyOf(out _);

    /// <summary>The text by which values are compared.</summary>
    /// <param name="isNested">Whether it is the JSON of an object or a list, which is no text of the same letters.</param>
    public ReadOnlySpan<char> KeyOf(out bool isNested)
    {
        isNested = false;
        return IsText ? _text : ValueText.KeyOf(Value!, out isNested);
    }

    public static Field Of(object? value) => value switch
    {
        string text => new Field(null, text, true),
        DBNull => default,
        _ => new Field(value, default, false),
    };

    /// <summary>A column of a record.</summary>
    /// <param name="record">The record.</param>
    /// <param name="index">The column's position; -1 for one that is missing, which is a null.</param>
    /// <param name="scratch">A buffer for the text, which is valid until the next call.</param>
    public static Field Of(Record record, int index, ref char[] scratch)
    {
        if (index < 0)
            return default;
        if (!record.TryGetUnreadUtf8(index, out ReadOnlySpan<byte> utf8))
            return Of(record[index]);
        if (scratch.Length < utf8.Length)
            scratch = new char[Math.Max(utf8.Length, scratch.Length * 2)];
        int length = Encoding.UTF8.GetChars(utf8, scratch);
        return new Field(null, scratch.AsSpan(0, length), true);
    }
}
