namespace EtlTools.Engine.Records;

/// <summary>The types that a column can be given.</summary>
public enum ColumnType
{
    /// <summary>Text, as it stands.</summary>
    String,

    /// <summary>A whole number of 32 bits.</summary>
    Int,

    /// <summary>A whole number of 64 bits.</summary>
    Long,

    /// <summary>A decimal number of up to 28 digits, kept exactly.</summary>
    Decimal,

    /// <summary>A floating-point number of 64 bits.</summary>
    Double,

    /// <summary>A floating-point number of 32 bits.</summary>
    Float,

    /// <summary>true or false; also 1, 0, yes, no, y, n, t, f.</summary>
    Bool,

    /// <summary>A moment, in UTC; one without an offset is taken to be in UTC.</summary>
    DateTime,

    /// <summary>A moment with its offset from UTC; one without an offset has the offset zero.</summary>
    DateTimeOffset,

    /// <summary>A day.</summary>
    Date,

    /// <summary>A time of day.</summary>
    Time,

    /// <summary>A GUID.</summary>
    Guid,
}
