using System.Runtime.CompilerServices;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Load.Postgres;

/// <summary>A PostgreSQL type: encodes values in its binary format without loss, or says why that is impossible.</summary>
internal abstract record PostgresType : TargetType
{
    private const string NoNul = "does not accept NUL characters";
    private const string NotUnicode = "accepts only valid Unicode, but the text has half a surrogate pair";

    /// <summary>Texts of different bytes may be equal by the column's collation.</summary>
    public bool HasLooseCollation { get; init; }

    /// <summary>Whether the server has an order for the type's values; it has none, for example, for json and shapes.</summary>
    public override bool IsOrdered => Sql is not ("json" or "xml" or "hstore" or "point" or "line" or "lseg" or "box" or "path" or "polygon" or "circle");

    public override bool IsHashable => !HasLooseCollation;

    public override string KeyFromStage(string staged) => FromStage(staged) + (Collation is null ? "" : $" COLLATE {Collation}");

    protected virtual string Wrong => $"accepts only {Takes}";

    /// <summary>Writes one value.</summary>
    /// <returns>Null, or why the column does not accept it, as a clause.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public string? Write(PostgresBuffer buffer, Utf8Scratch scratch, Record record, int index, out bool isNull)
    {
        isNull = false;
        if (record.TryGetUnreadUtf8(index, out ReadOnlySpan<byte> utf8))
            return FromText(buffer, utf8);
        object? value = record[index];
        switch (value)
        {
            case null or DBNull:
                isNull = true;
                buffer.WriteNull();
                return null;
            case string text:
                return FromChars(buffer, scratch, text);
            case char c:
                return FromChars(buffer, scratch, [c]);
            case JsonValue { WhyIncomplete: { } why }:
                return why;
            default:
                return FromValue(buffer, scratch, value);
        }
    }

    public override bool Accepts(Record record, int index)
    {
        var buffer = new PostgresBuffer();
        bool accepts = Write(buffer, new Utf8Scratch(), record, index, out _) is null;
        buffer.GiveBack();
        return accepts;
    }

    /// <summary>The part of an encoded value that is the same for equal values.</summary>
    public virtual ReadOnlySpan<byte> Hashed(ReadOnlySpan<byte> written) => written;

    /// <summary>Whether <see cref="Compare"/> gives the server's own order.</summary>
    public virtual bool HasKnownOrder => false;

    /// <summary>Compares two encoded values of a type with <see cref="HasKnownOrder"/> by their bytes, like COLLATE "C".</summary>
    public virtual int Compare(ReadOnlySpan<byte> written, ReadOnlySpan<byte> other) => Hashed(written).SequenceCompareTo(Hashed(other));

    /// <summary>Compares two encoded numbers of the same size; the sign is the first bit.</summary>
    protected static int CompareSigned(ReadOnlySpan<byte> written, ReadOnlySpan<byte> other) =>
        ((sbyte)written[0]).CompareTo((sbyte)other[0]) is not 0 and var order ? order : written[1..].SequenceCompareTo(other[1..]);

    /// <summary>The size of the buffer for <see cref="KeyText"/>.</summary>
    public const int KeyTextBytes = 64;

    /// <summary>The value as a text that is the same in columns of other types, as <see cref="Partitions.KeyText"/> defines it; for types
    /// without one, the bytes.</summary>
    /// <param name="written">The encoded value.</param>
    /// <param name="room">Room for a short text.</param>
    public virtual ReadOnlySpan<byte> KeyText(ReadOnlySpan<byte> written, Span<byte> room) => Hashed(written);

    /// <summary>Encodes a value that is given as text.</summary>
    protected abstract string? FromText(PostgresBuffer buffer, ReadOnlySpan<byte> utf8);

    /// <summary>Encodes a value that is neither null nor text.</summary>
    protected abstract string? FromValue(PostgresBuffer buffer, Utf8Scratch scratch, object value);

    protected string? FromChars(PostgresBuffer buffer, Utf8Scratch scratch, ReadOnlySpan<char> text) =>
        scratch.TryEncode(text, out ReadOnlySpan<byte> utf8) ? FromText(buffer, utf8) : NotUnicode;

    /// <summary>Encodes a text unchanged.</summary>
    protected static string? PutText(PostgresBuffer buffer, ReadOnlySpan<byte> utf8)
    {
        if (utf8.Contains((byte)0))
            return NoNul;
        buffer.WriteBytes(utf8);
        return null;
    }
}
