namespace EtlTools.Engine.Load;

/// <summary>What a load does with its records.</summary>
internal enum LoadMode
{
    /// <summary>Inserts new keys and updates existing ones.</summary>
    Upsert,

    /// <summary>Inserts new keys and leaves existing ones as they are.</summary>
    Insert,

    /// <summary>Inserts each record as a new row, without a key.</summary>
    Append,

    /// <summary>Makes the records the whole contents of the table. It is one transaction, so others see either the old rows or the new
    /// ones.</summary>
    Replace,
}
