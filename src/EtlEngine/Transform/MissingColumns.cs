namespace EtlTools.Engine.Transform;

/// <summary>What happens to a column that an option names and the input lacks.</summary>
internal enum MissingColumns
{
    /// <summary>It is an error.</summary>
    Error,

    /// <summary>It is added with null.</summary>
    Null,

    /// <summary>The records are without it.</summary>
    Skip,
}
