namespace EtlTools.Engine.Extract.Json;

/// <summary>Finds the items of a text in the window through which it is read.</summary>
internal abstract class JsonItemFinder(JsonWindow window, JsonFormat format)
{
    /// <summary>How much is kept of an item that is not a record.</summary>
    internal const int MaxRawBytes = 4 * 1024;

    /// <summary>The items that were found but not yet passed on.</summary>
    public List<JsonRow> Rows { get; } = [];

    /// <summary>Whether the text is at its end.</summary>
    public bool IsAtEnd { get; protected set; }

    private protected JsonWindow Window => window;

    private protected JsonFormat Format => format;

    /// <summary>Does the next step.</summary>
    /// <returns>False if more input is needed first.</returns>
    /// <exception cref="JsonTextException">The text cannot be read any further.</exception>
    public abstract bool Step();

    /// <summary>The positions of the values in the items; null if they are not known yet.</summary>
    public abstract JsonCell[]? TakeCells();
}
