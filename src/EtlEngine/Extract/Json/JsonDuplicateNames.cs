namespace EtlTools.Engine.Extract.Json;

/// <summary>What happens to an item that has a name twice; names are compared without case.</summary>
internal enum JsonDuplicateNames
{
    /// <summary>It is a failed record.</summary>
    Error,

    /// <summary>The later ones are called name_2, name_3 and so on.</summary>
    Rename,

    /// <summary>The last value of the name is read, the others are not.</summary>
    UseLast,
}
