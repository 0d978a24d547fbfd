using System.Globalization;

namespace EtlTools.Engine.Extract;

/// <summary>Names for columns whose own name another one has.</summary>
internal static class UniqueName
{
    /// <summary>The name with the first number behind it, from 2, that is not taken; it then is.</summary>
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
