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

/// <summary>How items stand in a JSON text.</summary>
public enum EtlJsonFormat
{
    /// <summary>One document with an array of items in it.</summary>
    Json,

    /// <summary>An item a line.</summary>
    JsonLines,
}

/// <summary>What becomes of records when the outage budget is spent.</summary>
public enum EtlOutageAction
{
    /// <summary>The run stops.</summary>
    Stop,

    /// <summary>They fail, and the run goes on.</summary>
    DeadLetter,
}
