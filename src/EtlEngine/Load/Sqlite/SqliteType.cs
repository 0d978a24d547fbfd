using EtlTools.Engine.Records;

namespace EtlTools.Engine.Load.Sqlite;

/// <summary>A declared type of SQLite. What a column stores depends on its affinity alone, and each value may be stored in it: one class
/// converts them all.</summary>
/// <param name="Declared">The type as the column declares it; empty for none.</param>
/// <param name="Kind">What the column takes.</param>
internal sealed record SqliteType(string Declared, ColumnKind Kind) : TargetType
{
    public override string Sql => Declared;

    public override string Takes => Kind.Describe();

    /// <summary>The type of a column that is declared so.</summary>
    public static SqliteType Of(string declared, bool isStrict = false) => new(declared, ColumnKinds.Of(declared, isStrict));

    /// <summary>The type for values such as this one. A null tells nothing, so its column gets no type: SQLite then keeps every later
    /// value just as it comes.</summary>
    public static SqliteType For(Record record, int index) => Of(record.TryGetUnreadUtf8(index, out _) ? "TEXT" : record[index] switch
    {
        null or DBNull => "",
        bool or sbyte or byte or short or ushort or int or uint or long or ulong => "INTEGER",
        Half or float or double => "REAL",
        byte[] => "BLOB",
        _ => "TEXT",
    });

    public override bool Accepts(Record record, int index) => SqliteConverter.Convert(record, index, new SqliteForm(Kind), new Utf8Scratch(), out _) is null;

    /// <summary>A column for whole numbers keeps others as they are.</summary>
    public override IEnumerable<TargetType> Wider(Record record, int index) => Kind == ColumnKind.Integer ? [this with { Kind = ColumnKind.AnyNumber }] : [];
}
