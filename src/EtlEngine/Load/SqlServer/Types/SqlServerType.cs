using EtlTools.Engine.Records;
using EtlTools.Engine.Transform;

namespace EtlTools.Engine.Load.SqlServer;

/// <summary>A SQL Server type: converts values for the bulk copy, or says why that is impossible. Nothing is lost except fractions of a
/// second finer than the column's, which are rounded as the server does.</summary>
/// <param name="Name">The type as T-SQL writes it.</param>
internal abstract record SqlServerType(string Name) : TargetType
{
    protected const int Unlimited = -1;

    public override string Sql => Name;

    /// <summary>A type that the server compares only by =, or not at all.</summary>
    public override bool IsOrdered => Name is not ("xml" or "json" or "text" or "ntext" or "image");

    /// <summary>Why the column does not accept a value of another kind, as a clause.</summary>
    protected virtual string Wrong => $"accepts only {Takes}";

    /// <summary>Converts one value.</summary>
    /// <returns>Null, or why the column does not accept it, as a clause.</returns>
    public string? Convert(object? source, out object? value)
    {
        value = null;
        return source switch
        {
            null or DBNull => null,
            JsonValue { WhyIncomplete: { } why } => why,
            _ => ConvertValue(source, out value),
        };
    }

    public override bool Accepts(Record record, int index) => Convert(record[index], out _) is null;

    /// <summary>The hash of a converted value, which is the same for all values that are equal on the server.</summary>
    public virtual int Hash(object? value) => value?.GetHashCode() ?? 0;

    /// <summary>Converts a value that is not null.</summary>
    protected abstract string? ConvertValue(object source, out object? value);

    /// <summary>The bytes of a value and their number, as columns: zeros at the end do not count where bytes are compared
    /// (https://learn.microsoft.com/sql/t-sql/data-types/binary-and-varbinary-transact-sql).</summary>
    protected static string BytesOf(string value) => $"CAST({value} AS varbinary(max)), DATALENGTH({value})";

    /// <summary>A type with a length as T-SQL writes it.</summary>
    protected static string Sized(string name, int length) => length == Unlimited ? $"{name}(max)" : FormattableString.Invariant($"{name}({length})");

    /// <summary>Converts a value in the same way as -Type.</summary>
    protected string? To(object source, ColumnType type, out object? value)
    {
        if (source is string text)
            return ColumnText.TryConvert(text, type, out value) && value is not null ? null : ColumnText.WhyUnclear(text, type) ?? Wrong;
        return ValueConversion.TryConvert(source, type, out value) && value is not null ? null : Wrong;
    }
}

/// <summary>bit and uniqueidentifier, which are converted in the same way as by -Type.</summary>
internal sealed record SqlServerPlain(string Name, ColumnType Reads, string What) : SqlServerType(Name)
{
    public override string Takes => What;

    protected override string? ConvertValue(object source, out object? value) => To(source, Reads, out value);
}

/// <summary>A type that the loader cannot fill: sql_variant, geometry, hierarchyid, vector and the like.</summary>
internal sealed record SqlServerUnknown(string Name) : SqlServerType(Name)
{
    public override string Takes => "nothing";

    public override bool IsHashable => false;

    protected override string? ConvertValue(object source, out object? value)
    {
        value = null;
        return "has a type that cannot be loaded";
    }
}
