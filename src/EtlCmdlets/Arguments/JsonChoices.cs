namespace EtlTools.Cmdlets;

/// <summary>What happens to a JSON item that has a name twice; names are compared without case.</summary>
public enum DuplicateNameAction
{
    /// <summary>It is a failed record.</summary>
    Error,

    /// <summary>The later ones are called name_2, name_3 and so on.</summary>
    Rename,

    /// <summary>The last value of the name is read, the others are not.</summary>
    UseLast,
}
