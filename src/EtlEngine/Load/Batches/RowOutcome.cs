namespace EtlTools.Engine.Load;

/// <summary>What became of a row of a batch.</summary>
internal enum RowOutcome : byte
{
    /// <summary>Not yet written.</summary>
    Waiting,

    /// <summary>Failed for good: it never goes to the database again.</summary>
    Refused,

    /// <summary>Left out, as the user wants.</summary>
    Excluded,

    /// <summary>The database refused it in the transaction at hand.</summary>
    Rejected,

    /// <summary>A new row.</summary>
    Inserted,

    /// <summary>An existing row changed.</summary>
    Updated,

    /// <summary>Inserted or updated: the database does not tell which.</summary>
    Written,

    /// <summary>An existing row left as it is.</summary>
    Unchanged,

    /// <summary>Written, and written again by a later row of the same key.</summary>
    Superseded,
}
