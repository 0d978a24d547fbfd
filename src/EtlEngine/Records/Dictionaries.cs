using System.Collections;
using System.Globalization;

namespace EtlTools.Engine.Records;

/// <summary>Reads dictionaries of the host.</summary>
internal static class Dictionaries
{
    /// <summary>The entries in the dictionary's order. A Hashtable has no stable order, so its entries are sorted by name.</summary>
    public static IEnumerable<(string Name, object? Value)> InOrder(IDictionary dictionary) =>
        dictionary is Hashtable ? Entries(dictionary).OrderBy(entry => entry.Name, StringComparer.Ordinal) : Entries(dictionary);

    private static IEnumerable<(string Name, object? Value)> Entries(IDictionary dictionary)
    {
        foreach (DictionaryEntry entry in dictionary)
            yield return (Convert.ToString(entry.Key, CultureInfo.InvariantCulture) ?? "", entry.Value);
    }
}
