using System.Collections.Concurrent;

namespace EtlTools.Engine.Transform;

/// <summary>The name of a time zone after a timestamp: <c>2026-03-07 06:45 Europe/Berlin</c>, or in brackets.</summary>
internal static class ZoneSuffix
{
    private const int LongestName = 64;

    /// <summary>Limited, because names come from the data.</summary>
    private const int MaxRemembered = 1000;

    private static readonly ConcurrentDictionary<string, TimeZoneInfo?> Known = new(StringComparer.Ordinal);

    /// <summary>Removes the name.</summary>
    /// <param name="text">The text; afterwards the part before the name.</param>
    /// <returns>The zone; null if there is none that .NET knows.</returns>
    public static TimeZoneInfo? Take(ref ReadOnlySpan<char> text)
    {
        if (text is [.., ']'])
        {
            int open = text.LastIndexOf('[');
            return open > 0 ? Take(ref text, open, text[(open + 1)..^1]) : null;
        }
        // Windows names contain blanks, so the longest one is tried first.
        for (int from = 0; from < text.Length; from++)
        {
            if (text[from] == ' ' && from + 1 < text.Length && char.IsAsciiLetter(text[from + 1]) && Take(ref text, from, text[(from + 1)..]) is { } zone)
                return zone;
        }
        return null;
    }

    private static TimeZoneInfo? Take(ref ReadOnlySpan<char> text, int end, ReadOnlySpan<char> name)
    {
        if (name.Length is 0 or > LongestName || !IsName(name) || Find(name.ToString()) is not { } zone)
            return null;
        text = text[..end].TrimEnd();
        return zone;
    }

    /// <summary>.NET looks for a file with the name.</summary>
    private static bool IsName(ReadOnlySpan<char> name) =>
        char.IsAsciiLetter(name[0]) && !name.ContainsAny('\\', '\0') && !name.Contains("..", StringComparison.Ordinal);

    private static TimeZoneInfo? Find(string name)
    {
        if (Known.TryGetValue(name, out TimeZoneInfo? known))
            return known;
        TimeZoneInfo? zone = NamedConversion.ZoneOf(name);
        return Known.Count < MaxRemembered ? Known.GetOrAdd(name, zone) : zone;
    }
}
