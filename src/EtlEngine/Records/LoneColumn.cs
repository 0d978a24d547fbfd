namespace EtlTools.Engine.Records;

/// <summary>Recognises records whose single column contains several names, because they were read with the wrong delimiter.</summary>
internal static class LoneColumn
{
    private const int ShownLength = 100;

    /// <summary>A sentence for the end of a message, with a space before it; empty if the columns look right.</summary>
    /// <param name="columns">The columns' names.</param>
    /// <param name="whose">The sentence's beginning.</param>
    public static string Hint(IReadOnlyList<string> columns, string whose = "Its")
    {
        if (columns is not [var only] || only.IndexOfAny([';', '\t', '|', ',']) is not (>= 0 and var at))
            return "";
        string delimiter = only[at] == '\t' ? "Tab" : $"'{only[at]}'";
        string shown = only.Length > ShownLength ? only[..ShownLength] + "…" : only;
        return $" {whose} only column is '{shown}': is it -Delimiter {delimiter}?";
    }
}
