using EtlTools.Engine.Records;

namespace EtlTools.Engine.Load;

/// <summary>
/// What a column takes, and how statements speak of its values. Each database has a class for each kind of type, and one source that
/// makes them: of what the server says of a column, or for a value.
/// </summary>
internal abstract record TargetType
{
    /// <summary>The type as statements write it.</summary>
    public abstract string Sql { get; }

    /// <summary>What the column takes, for messages: a plural such as "numbers".</summary>
    public abstract string Takes { get; }

    /// <summary>The collation by which texts are compared, as statements write it; null for the type's own, or none.</summary>
    public string? Collation { get; init; }

    /// <summary>The type of the staging table's column.</summary>
    public virtual string StagingSql => Sql;

    /// <summary>Whether keys that the database holds for equal have equal hashes here.</summary>
    public virtual bool IsHashable => true;

    /// <summary>The server reads the value from a text, and may refuse it for what it says.</summary>
    public virtual bool IsReadByServer => false;

    /// <summary>Whether one value can be told to be greater than another.</summary>
    public virtual bool IsOrdered => true;

    /// <summary>Whether the type takes a record's value.</summary>
    public abstract bool Accepts(Record record, int index);

    /// <summary>The wider types to try for a value that this one does not take, the narrowest first. None of them loses anything of
    /// what the column holds.</summary>
    public virtual IEnumerable<TargetType> Wider(Record record, int index) => [];

    /// <summary>The expression for a staged value as the column's own type.</summary>
    public virtual string FromStage(string staged) => staged;

    /// <summary>The expression for a staged value that is compared as a part of the key.</summary>
    public virtual string KeyFromStage(string staged) => FromStage(staged);

    /// <summary>The expression that tells whether a value has changed when it is compared.</summary>
    public virtual string Comparable(string value) => value;
}
