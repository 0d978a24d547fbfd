namespace EtlTools.Engine.Extract.Api;

/// <summary>A page to request.</summary>
/// <param name="Uri">Its address.</param>
/// <param name="Cursor">What identifies the page: a cursor, an address, a number. Empty for the first one.</param>
/// <param name="Value">The cursor, page or offset for the body, as JSON; null for none.</param>
internal sealed record ApiPage(Uri Uri, string Cursor, string? Value = null);

/// <summary>What is known about a page after reading it.</summary>
internal sealed record ApiPageFacts
{
    /// <summary>The number of its items.</summary>
    public long Count { get; init; }

    /// <summary>The number of elements that the service counts as a page: its items, or with a path such as <c>orders[*].lines</c> the
    /// orders.</summary>
    public long Size { get; init; }

    /// <summary>Distinguishes its items from those of another page.</summary>
    public string Signature { get; init; } = "";

    /// <summary>Its cursor or address of the next page, as JSON; null if there is none.</summary>
    public string? Next { get; init; }

    /// <summary>Whether its last item should have what leads to the next page, and has not.</summary>
    public bool LacksNext { get; init; }

    /// <summary>Whether the member exists, even if it is null.</summary>
    public bool HasNext { get; init; }

    /// <summary>Whether it says that there are more pages; null if it does not say.</summary>
    public bool? More { get; init; }

    /// <summary>The total number of items that it reports.</summary>
    public long? Total { get; init; }

    /// <summary>The names of its members, for messages.</summary>
    public string Members { get; init; } = "";

    /// <summary>A member that seems to lead to a next page.</summary>
    public string? Lead { get; init; }

    /// <summary>The first of them that is a text, like cursors and addresses; null for none.</summary>
    public string? TextLead { get; init; }

    /// <summary>What else in its document or its headers says that there are more items than its own, for messages; null for nothing.</summary>
    public string? MoreSign { get; init; }

    /// <summary>Its Link headers.</summary>
    public IReadOnlyList<string> Links { get; init; } = [];

    /// <summary>Its status, if that was declared to mean the end; null otherwise.</summary>
    public int? EndStatus { get; init; }

    /// <summary>The address that finally answered.</summary>
    public required Uri Uri { get; init; }
}
