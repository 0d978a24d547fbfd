namespace EtlTools.Engine.Load;

/// <summary>Options that only one kind of database has.</summary>
internal abstract record ProviderOptions
{
    /// <summary>The kind of database: one of <see cref="Dialects.Names"/>.</summary>
    public abstract string Provider { get; }

    /// <summary>The parameters that are in use, as messages show them; empty where all have their defaults.</summary>
    public abstract IReadOnlyList<string> InUse { get; }

    /// <summary>What to do with the first of them where the database is another.</summary>
    public virtual string Instead => "Leave it out.";
}
