namespace EtlTools.Engine.Load;

/// <summary>Options that only one kind of database supports.</summary>
internal abstract record ProviderOptions
{
    /// <summary>The kind of database: one of <see cref="Dialects.Names"/>.</summary>
    public abstract string Provider { get; }

    /// <summary>The parameters in use, as messages show them; empty if all have their defaults.</summary>
    public abstract IReadOnlyList<string> InUse { get; }

    /// <summary>What to do with the first of them if the database is another one.</summary>
    public virtual string Instead => "Leave it out.";
}
