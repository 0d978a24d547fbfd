using System.Collections;
using System.Globalization;
using System.Numerics;
using System.Xml;
using EtlTools.Engine.Load;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Extract.Sql;

/// <summary>Turns the values of -Parameter into such that every driver takes.</summary>
internal static class SqlParameters
{
    /// <summary>The values by their names.</summary>
    /// <param name="given">The values as they were given.</param>
    /// <param name="takesLists">Whether the database has arrays.</param>
    /// <exception cref="EtlException">A value has no form in a database.</exception>
    public static IReadOnlyDictionary<string, object?> Read(IReadOnlyDictionary<string, object?> given, bool takesLists) => given.ToDictionary(
        entry => entry.Key,
        entry => !IsList(entry.Value) ? Plain(entry.Key, entry.Value)
            : takesLists ? ArrayOf(entry.Key, (IList)entry.Value!)
            : throw Refused(entry.Key, "is a list, which only PostgreSQL takes. Use a parameter for each of its values"),
        StringComparer.OrdinalIgnoreCase);

    private static bool IsList(object? value) => value is IList and not byte[];

    private static object? Plain(string name, object? value) => value switch
    {
        null or DBNull => null,
        string or bool or byte or short or int or long or float or double or decimal or byte[] or Guid
            or DateTime or DateTimeOffset or DateOnly or TimeOnly or TimeSpan => value,
        sbyte or ushort or uint => Convert.ToInt64(value, CultureInfo.InvariantCulture),
        ulong number => number <= long.MaxValue ? (long)number : (decimal)number,
        Half number => (double)number,
        Enum label => label.ToString(),
        char c => c.ToString(),
        JsonValue or Uri or Version or FileSystemInfo or XmlNode or BigInteger or Int128 or UInt128 => StoredText.Of(value) ?? value.ToString(),
        _ => throw Refused(name, $"has a value of the type {value.GetType().Name}, for which a database has no form. Convert it to a text or a number"),
    };

    /// <summary>A list as an array of one type, because an array of objects has no type in a database.</summary>
    private static object ArrayOf(string name, IList list)
    {
        object?[] items = [.. list.Cast<object?>().Select(item => IsList(item) ? throw Refused(name, "is a list of lists. Write it as a text: '{{1,2},{3,4}}'") : Plain(name, item))];
        // The server derives the type of a text from what it is compared with.
        if (items.All(item => item is null))
            return $"{{{string.Join(',', items.Select(_ => "NULL"))}}}";
        Type[] types = [.. items.OfType<object>().Select(item => item.GetType()).Distinct()];
        Type type = types is [var only] ? only
            : types.All(item => item == typeof(short) || item == typeof(int) || item == typeof(long) || item == typeof(byte)) ? typeof(long)
            : throw Refused(name, $"is a list with values of several types: {string.Join(", ", types.Select(item => item.Name))}. Convert them to one");
        if (type == typeof(byte))
            type = typeof(short);
        bool hasNulls = items.Contains(null) && type.IsValueType;
        var array = Array.CreateInstance(hasNulls ? typeof(Nullable<>).MakeGenericType(type) : type, items.Length);
        for (int i = 0; i < items.Length; i++)
            array.SetValue(type == typeof(long) || type == typeof(short) ? items[i] is { } number ? Convert.ChangeType(number, type, CultureInfo.InvariantCulture) : null : items[i], i);
        return array;
    }

    private static EtlException Refused(string name, string why) => QueryFailures.Invalid($"-Parameter: '{name}' {why}.");
}
