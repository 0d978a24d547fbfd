namespace EtlTools.Engine.Load;

/// <summary>The outcome of one row of a batch.</summary>
internal enum RowOutcome : byte
{
    /// <summary>Not yet written.</summary>
    Waiting,

    /// <summary>Failed for good: it is never sent to the database again.</summary>
    Refused,

    /// <summary>Left out, as the user wanted.</summary>
    Excluded,

    /// <summary>Refused by the database in the current transaction.</summary>
    Rejected,

    /// <summary>A new row.</summary>
    Inserted,

    /// <summary>An existing row changed.</summary>
    Updated,

    /// <summary>Inserted or updated; the database does not say which.</summary>
    Written,

    /// <summary>An existing row that was left as it is.</summary>
    Unchanged,

    /// <summary>Written, and then replaced by a later row with the same key.</summary>
    Superseded,
}
