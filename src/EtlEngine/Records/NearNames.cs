namespace EtlTools.Engine.Records;

/// <summary>Finds the name that was meant.</summary>
public static class NearNames
{
    /// <summary>A sentence that suggests the nearest name, with a space before it; empty where none is near.</summary>
    public static string Suggest(string name, IEnumerable<string> known) =>
        Find(name, known) is { } near ? $" Did you mean '{near}'?" : "";

    /// <summary>The name that a typing error or two may have made this one of; null where none is near.</summary>
    public static string? Find(string name, IEnumerable<string> known)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(known);
        string sought = name.ToUpperInvariant();
        int most = Math.Max(1, sought.Length / 3);
        return known
            .Select(candidate => (Name: candidate, Distance: Distance(sought, candidate.ToUpperInvariant())))
            .Where(candidate => candidate.Distance <= most)
            .OrderBy(candidate => candidate.Distance)
            .Select(candidate => candidate.Name)
            .FirstOrDefault();
    }

    /// <summary>Letters to insert, drop or change, or neighbours to swap, until one text is the other.</summary>
    private static int Distance(string a, string b)
    {
        var rows = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++)
        {
            for (int j = 0; j <= b.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    rows[i, j] = i + j;
                    continue;
                }
                int change = rows[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                int best = Math.Min(change, Math.Min(rows[i - 1, j], rows[i, j - 1]) + 1);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    best = Math.Min(best, rows[i - 2, j - 2] + 1);
                rows[i, j] = best;
            }
        }
        return rows[a.Length, b.Length];
    }
}
