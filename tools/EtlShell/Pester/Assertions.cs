using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Text.RegularExpressions;

namespace EtlTools.Shell.Pester;

/// <summary>Whether an operator holds, what it wishes, and what stood against it where that is more than "it did not".</summary>
internal sealed record Verdict(bool Holds, string Wish, string? But = null);

/// <summary>Pester's operators, comparing as the language's own -eq, -gt, -like, -match and -contains do.</summary>
internal static class Assertions
{
    private const int DeepestNesting = 100;

    public static Verdict Be(object? actual, object? expected, bool caseSensitive)
    {
        bool holds = AreEqual(Items(actual), Items(expected), caseSensitive, DeepestNesting);
        return new(holds, $"be {(caseSensitive ? "exactly " : "")}{ValueText.Of(expected)}");
    }

    public static Verdict BeNullOrEmpty(object? actual)
    {
        object?[] items = Items(actual);
        bool holds = items.Length == 0 || (items.Length == 1 && Plain(items[0]) switch
        {
            null => true,
            Hashtable map => map.Count == 0,
            object value => LanguagePrimitives.ConvertTo<string>(value).Length == 0,
        });
        return new(holds, "be $null or empty");
    }

    public static Verdict Compare(object? actual, object? expected, Func<int, bool> holds, string wish)
        => new(holds(LanguagePrimitives.Compare(Plain(actual), Plain(expected), ignoreCase: true, CultureInfo.InvariantCulture)), $"{wish} {ValueText.Of(expected)}");

    public static Verdict BeLike(object? actual, object? expected, WildcardOptions options)
        => new(WildcardPattern.Get(Text(expected), options).IsMatch(Text(actual)), $"be like {ValueText.Of(expected)}");

    public static Verdict Match(object? actual, string pattern, bool caseSensitive)
        => new(Regex.IsMatch(Text(actual), pattern, caseSensitive ? RegexOptions.None : RegexOptions.IgnoreCase), $"match {ValueText.Of(pattern)}");

    public static Verdict Contain(object? actual, object? expected)
        => new(Items(actual).Any(item => IsEqual(item, expected, caseSensitive: false)), $"contain {ValueText.Of(expected)}");

    public static Verdict BeIn(object? actual, object? expected)
        => new(Items(expected).Any(item => IsEqual(item, actual, caseSensitive: false)), $"be in {ValueText.Of(expected)}");

    public static Verdict HaveCount(object?[]? actual, object? expected)
    {
        int wanted = LanguagePrimitives.ConvertTo<int>(expected);
        if (wanted < 0)
            throw new PSArgumentException("A count of items is not negative.");
        int count = actual?.Length ?? 0;
        return new(count == wanted, $"have {wanted} item(s)", $"it has {count}");
    }

    public static Verdict BeOfType(object? actual, object? expected)
    {
        object? named = Plain(expected);
        Type type = named as Type ?? LanguagePrimitives.ConvertTo<Type>(Text(named).Trim('[', ']'));
        object? value = Plain(actual);
        bool isCustomObject = type == typeof(PSObject) || type == typeof(PSCustomObject);
        bool holds = type.IsInstanceOfType(value) || (isCustomObject && (actual is PSObject || value is PSCustomObject));
        return new(holds, $"have type [{type}]", value is null ? "it is $null" : $"it has type [{value.GetType()}]");
    }

    /// <summary>An empty pattern asks for nothing.</summary>
    public static bool IsLike(string? text, string pattern)
        => string.IsNullOrWhiteSpace(pattern) || WildcardPattern.Get(pattern, WildcardOptions.IgnoreCase).IsMatch(text ?? "");

    private static bool AreEqual(object?[] actual, object?[] expected, bool caseSensitive, int nesting)
    {
        if (nesting == 0)
            throw new PSInvalidOperationException("The arrays are nested too deeply to compare.");
        bool actualIsNothing = IsNothing(actual);
        bool expectedIsNothing = IsNothing(expected);
        if (actualIsNothing || expectedIsNothing)
            return actualIsNothing && expectedIsNothing;
        if (actual.Length != expected.Length)
            return false;
        return actual.Zip(expected).All(pair => Plain(pair.First) is Array || Plain(pair.Second) is Array
            ? AreEqual(Items(pair.First), Items(pair.Second), caseSensitive, nesting - 1)
            : IsEqual(pair.Second, pair.First, caseSensitive));
    }

    private static bool IsNothing(object?[] items) => items.Length == 0 || (items.Length == 1 && Plain(items[0]) is null);

    private static bool IsEqual(object? first, object? second, bool caseSensitive)
        => LanguagePrimitives.Equals(Plain(first), Plain(second), !caseSensitive, CultureInfo.InvariantCulture);

    private static object?[] Items(object? value) => Plain(value) switch
    {
        null => [],
        IList list => [.. list.Cast<object?>()],
        _ => [value],
    };

    private static object? Plain(object? value) => value is PSObject { BaseObject: not PSCustomObject } wrapped ? wrapped.BaseObject : value;

    private static string Text(object? value) => LanguagePrimitives.ConvertTo<string>(value);
}
