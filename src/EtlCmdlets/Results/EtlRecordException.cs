namespace EtlTools.Cmdlets;

/// <summary>Tells of one failed record: where it stands, what rule it broke. Holds no value of a field.</summary>
public sealed class EtlRecordException : Exception
{
    /// <summary>Makes an empty exception.</summary>
    public EtlRecordException()
    {
    }

    /// <summary>Makes an exception with this message.</summary>
    public EtlRecordException(string message) : base(message)
    {
    }

    /// <summary>Makes an exception with this message and cause.</summary>
    public EtlRecordException(string message, Exception innerException) : base(message, innerException)
    {
    }

    /// <summary>What a service or a script block itself said, or null. It may hold values: it is for ErrorDetails, and never goes to a
    /// log.</summary>
    internal string? Detail { get; init; }
}
