using System.Globalization;

namespace EtlTools.Engine.Extract;

/// <summary>Names for columns whose own name is taken.</summary>
internal static class UniqueName
{
    /// <summary>The name with the first free number appended, from 2; it is then taken.</summary>
    public static string Next(string name, HashSet<string> taken)
    {
        for (int n = 2; ; n++)
        {
            string next = string.Create(CultureInfo.InvariantCulture, $"{name}_{n}");
            if (taken.Add(next))
                return next;
        }
    }
}
