using System.Collections;

namespace EtlTools.Cmdlets.Arguments;

/// <summary>Reads dictionaries of any kind.</summary>
internal static class DictionaryEntries
{
    /// <summary>The entries. A generic dictionary, read as a sequence, would give pairs of another type.</summary>
    public static IEnumerable<DictionaryEntry> Entries(this IDictionary dictionary)
    {
        foreach (DictionaryEntry entry in dictionary)
            yield return entry;
    }
}
