namespace EtlTools.Engine;

/// <summary>Finds the name that someone may have meant.</summary>
internal static class NearName
{
    private const int LongestName = 128;

    /// <summary>The known name that is most like this one, or null if none is.</summary>
    public static string? Find(string name, IEnumerable<string> known)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(known);
        string? nearest = null;
        int limit = Math.Max(1, name.Length / 3);
        foreach (string candidate in known)
        {
            if (name.Length > LongestName || Math.Abs(candidate.Length - name.Length) > limit)
                continue;
            int distance = Distance(name.ToUpperInvariant(), candidate.ToUpperInvariant());
            if (distance > limit || distance >= name.Length)
                continue;
            limit = distance - 1;
            nearest = candidate;
        }
        return nearest;
    }

    /// <summary>A sentence for the end of a message, with a space before it; empty if no name is near.</summary>
    public static string Hint(string name, IEnumerable<string> known) =>
        Find(name, known) is { } near ? $" Did you mean '{near}'?" : "";

    /// <summary>How many letters were added, left out, changed, or exchanged with their neighbour.</summary>
    private static int Distance(string a, string b)
    {
        int[] beforeLast = new int[b.Length + 1];
        int[] last = [.. Enumerable.Range(0, b.Length + 1)];
        int[] row = new int[b.Length + 1];
        for (int i = 1; i <= a.Length; i++)
        {
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int changed = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                row[j] = Math.Min(changed, Math.Min(last[j], row[j - 1]) + 1);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    row[j] = Math.Min(row[j], beforeLast[j - 2] + 1);
            }
            (beforeLast, last, row) = (last, row, beforeLast);
        }
        return last[b.Length];
    }
}
