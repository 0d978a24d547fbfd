namespace EtlTools.Engine.Extract.Api;

/// <summary>A page to ask for.</summary>
/// <param name="Uri">Its address.</param>
/// <param name="Cursor">What makes it this page: a cursor, an address, a number. Empty for the first one.</param>
/// <param name="Value">What the body gets as its cursor, page or offset, as JSON; null for nothing.</param>
internal sealed record ApiPage(Uri Uri, string Cursor, string? Value = null);

/// <summary>What a page turned out to be.</summary>
internal sealed record ApiPageFacts
{
    /// <summary>How many items it had.</summary>
    public long Count { get; init; }

    /// <summary>Tells its items from those of another page: how many, how long, the first and the last.</summary>
    public string Signature { get; init; } = "";

    /// <summary>Its cursor or address of the next page, as JSON; null if there is none.</summary>
    public string? Next { get; init; }

    /// <summary>Whether that was there at all, if only as null.</summary>
    public bool HasNext { get; init; }

    /// <summary>Whether it says that there are more; null if it says nothing.</summary>
    public bool? More { get; init; }

    /// <summary>How many items it says there are in all.</summary>
    public long? Total { get; init; }

    /// <summary>Its members, for a message.</summary>
    public string Members { get; init; } = "";

    /// <summary>A member that looks as if it led to a next page.</summary>
    public string? Lead { get; init; }

    /// <summary>The first of them that is a text, as cursors and addresses are; null for none.</summary>
    public string? TextLead { get; init; }

    /// <summary>Its Link headers.</summary>
    public IReadOnlyList<string> Links { get; init; } = [];

    /// <summary>Whether the service's status was said to be the end.</summary>
    public bool IsEnd { get; init; }

    /// <summary>Who answered in the end.</summary>
    public required Uri Uri { get; init; }
}
