using EtlTools.Engine.Records;

namespace EtlTools.Engine.Load;

/// <summary>
/// What a column accepts, and how statements handle its values. Each database has a class for each kind of type, and one source that
/// creates them from the server's description of a column, or for a value.
/// </summary>
internal abstract record TargetType
{
    /// <summary>The type in the notation of statements.</summary>
    public abstract string Sql { get; }

    /// <summary>What the column accepts, for messages: a plural such as "numbers".</summary>
    public abstract string Takes { get; }

    /// <summary>The collation by which texts are compared, in the notation of statements; null for the type's own, or none.</summary>
    public string? Collation { get; init; }

    /// <summary>The type of the staging table's column.</summary>
    public virtual string StagingSql => Sql;

    /// <summary>Whether keys that are equal in the database have equal hashes here.</summary>
    public virtual bool IsHashable => true;

    /// <summary>The server converts the value from another type, and may refuse it because of its content.</summary>
    public virtual bool IsReadByServer => false;

    /// <summary>Whether one value can be compared as greater than another.</summary>
    public virtual bool IsOrdered => true;

    /// <summary>Whether the type accepts a record's value.</summary>
    public abstract bool Accepts(Record record, int index);

    /// <summary>Wider types to try for a value that this one does not accept, the narrowest first. All of them keep the existing values of
    /// the column.</summary>
    public virtual IEnumerable<TargetType> Wider(Record record, int index) => [];

    /// <summary>The expression that converts a staged value to the column's type.</summary>
    public virtual string FromStage(string staged) => staged;

    /// <summary>The expression for a staged value when it is compared as part of the key.</summary>
    public virtual string KeyFromStage(string staged) => FromStage(staged);

    /// <summary>The expression by which values are compared for changes.</summary>
    public virtual string Comparable(string value) => value;
}
