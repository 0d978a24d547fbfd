namespace EtlTools.Engine.Load;

/// <summary>One kind of database.</summary>
internal interface IDialect
{
    /// <summary>The name that -Provider takes.</summary>
    string Name { get; }

    /// <summary>Connects, reads the target's columns and checks what can be checked before the first record.</summary>
    /// <exception cref="EtlException">The call cannot work; the message says what to change.</exception>
    /// <exception cref="TransientTargetException">The target is locked or does not answer just now.</exception>
    ValueTask<ITargetSession> OpenAsync(LoadOptions options, CancellationToken cancellationToken);
}
