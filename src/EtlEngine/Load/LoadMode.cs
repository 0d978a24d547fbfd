namespace EtlTools.Engine.Load;

/// <summary>What a load does with its records.</summary>
internal enum LoadMode
{
    /// <summary>New keys are inserted, known ones updated.</summary>
    Upsert,

    /// <summary>New keys are inserted, known ones left as they are.</summary>
    Insert,

    /// <summary>Each record is a new row. There is no key.</summary>
    Append,

    /// <summary>The records are the table's whole contents: what was there goes. One transaction, so that others see the old rows or
    /// the new ones.</summary>
    Replace,
}
