using System.Diagnostics.CodeAnalysis;

namespace EtlTools.Engine.Load.Sqlite;

/// <summary>How SQLite stores a value.</summary>
internal enum StorageClass : byte
{
    Null,
    Integer,
    Real,
    Text,
    Blob,
}

/// <summary>A value in the form in which SQLite stores it. Text and bytes are borrowed.</summary>
internal readonly ref struct SqliteValue
{
    private SqliteValue(StorageClass storage, long integer, double real, ReadOnlySpan<byte> bytes)
    {
        Storage = storage;
        Integer = integer;
        Real = real;
        Bytes = bytes;
    }

    public StorageClass Storage { get; }

    public long Integer { get; }

    public double Real { get; }

    public ReadOnlySpan<byte> Bytes { get; }

    public static SqliteValue OfInteger(long value) => new(StorageClass.Integer, value, 0, default);

    public static SqliteValue OfReal(double value) => new(StorageClass.Real, 0, value, default);

    public static SqliteValue OfText(ReadOnlySpan<byte> utf8) => new(StorageClass.Text, 0, 0, utf8);

    public static SqliteValue OfBlob(ReadOnlySpan<byte> bytes) => new(StorageClass.Blob, 0, 0, bytes);

    /// <summary>A real number as a column of NUMERIC affinity keeps it: whole where that loses nothing.</summary>
    [SuppressMessage("Style", "IDE0046", Justification = "The condition is long.")]
    public static SqliteValue OfNumber(double value)
    {
        if (double.IsInteger(value) && Math.Abs(value) <= MaxExactInteger)
            return OfInteger((long)value);
        return OfReal(value);
    }

    /// <summary>Whole numbers up to this one, 2^53, are exact as a double.</summary>
    public const double MaxExactInteger = 9_007_199_254_740_992;
}
