using System.Collections;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace EtlTools.Cmdlets.Pipeline;

/// <summary>
/// Reads dictionaries that are none to PowerShell, as they implement only <see cref="IDictionary{TKey, TValue}"/>: ExpandoObject, JsonObject, and
/// JObject of Newtonsoft. Such an object is one record, not a list of its entries.
/// </summary>
internal static class NamedEntries
{
    private static readonly MethodInfo Reader = typeof(NamedEntries).GetMethod(nameof(Read), BindingFlags.Static | BindingFlags.NonPublic)!;
    private static readonly ConditionalWeakTable<Type, Func<object, IEnumerable<(string Name, object? Value)>>?> Readers = [];

    /// <summary>Whether an object is such a dictionary.</summary>
    public static bool IsOne(object value) => ReaderOf(value) is not null;

    /// <summary>The entries of such a dictionary, in its order; null for any other object.</summary>
    public static IEnumerable<(string Name, object? Value)>? Of(object value) => ReaderOf(value)?.Invoke(value);

    private static Func<object, IEnumerable<(string Name, object? Value)>>? ReaderOf(object value) =>
        value is IDictionary or Array or string ? null : Readers.GetValue(value.GetType(), MakeReader);

    private static Func<object, IEnumerable<(string Name, object? Value)>>? MakeReader(Type type) =>
        type.GetInterfaces().FirstOrDefault(IsNamed) is { } named
            ? Reader.MakeGenericMethod(named.GenericTypeArguments[1]).CreateDelegate<Func<object, IEnumerable<(string Name, object? Value)>>>()
            : null;

    private static bool IsNamed(Type type) =>
        type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IDictionary<,>) && type.GenericTypeArguments[0] == typeof(string);

    private static IEnumerable<(string Name, object? Value)> Read<T>(object dictionary) =>
        ((IDictionary<string, T>)dictionary).Select(entry => (entry.Key, (object?)entry.Value));
}
