namespace EtlTools.Engine.Extract.Json;

/// <summary>Finds the items of a text in the window that it is read through.</summary>
internal abstract class JsonItemFinder(JsonWindow window, JsonFormat format)
{
    /// <summary>What is kept of an item that is not a record.</summary>
    internal const int MaxRawBytes = 4 * 1024;

    /// <summary>The items that were found and not yet handed on.</summary>
    public List<JsonRow> Rows { get; } = [];

    /// <summary>Whether the text is at its end.</summary>
    public bool IsAtEnd { get; protected set; }

    private protected JsonWindow Window => window;

    private protected JsonFormat Format => format;

    /// <summary>Does the next step.</summary>
    /// <returns>False when more must be read first.</returns>
    /// <exception cref="JsonTextException">The text cannot be read any further.</exception>
    public abstract bool Step();

    /// <summary>Where the values stand of the items that are handed on; null if that is yet to be found.</summary>
    public abstract JsonCell[]? TakeCells();
}
