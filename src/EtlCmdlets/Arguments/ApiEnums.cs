namespace EtlTools.Cmdlets;

/// <summary>How a page says where the next one is.</summary>
public enum EtlApiPagination
{
    /// <summary>It has a cursor, which goes into the query.</summary>
    Cursor,

    /// <summary>A Link header with rel="next".</summary>
    Link,

    /// <summary>It has the next page's address.</summary>
    NextUrl,

    /// <summary>Pages are numbered; an empty one is the end.</summary>
    Page,

    /// <summary>The query has the number of items before the page; an empty one is the end.</summary>
    Offset,

    /// <summary>There is one page.</summary>
    None,
}

/// <summary>How a caller says who it is.</summary>
public enum EtlApiAuthentication
{
    /// <summary>Not at all, or as -Credential, -Certificate or -Headers do.</summary>
    None,

    /// <summary>A name and a password: -Credential.</summary>
    Basic,

    /// <summary>A token: -Token.</summary>
    Bearer,

    /// <summary>A token, given with -Token or fetched from -TokenUri.</summary>
    OAuth,
}

/// <summary>What ends the pages besides a page that says it is the last.</summary>
[Flags]
public enum EtlApiEnds
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>A page with fewer items than -PageSize.</summary>
    ShortPage = 1,

    /// <summary>A page like the one before, also right behind the first.</summary>
    RepeatedPage = 2,
}

/// <summary>Where a client's id and secret stand in the request for a token.</summary>
public enum EtlApiClientAuthentication
{
    /// <summary>In the Authorization header.</summary>
    Header,

    /// <summary>In the form, as client_id and client_secret.</summary>
    Body,
}

/// <summary>What stands at the path of the items.</summary>
public enum EtlItemShape
{
    /// <summary>A list of items.</summary>
    List,

    /// <summary>One object, which is the item.</summary>
    Object,

    /// <summary>An object whose members are the items.</summary>
    Map,
}

/// <summary>How items stand in a JSON text.</summary>
public enum EtlJsonFormat
{
    /// <summary>One document with an array of items in it.</summary>
    Json,

    /// <summary>An item a line.</summary>
    JsonLines,
}

/// <summary>What happens to records when the outage budget is spent.</summary>
public enum EtlOutageAction
{
    /// <summary>The run stops.</summary>
    Stop,

    /// <summary>They fail, and the run continues.</summary>
    DeadLetter,
}
