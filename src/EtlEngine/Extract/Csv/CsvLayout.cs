using System.Collections.Concurrent;
using System.Globalization;
using EtlTools.Engine.Records;
using EtlTools.Engine.Transform;

namespace EtlTools.Engine.Extract.Csv;

/// <summary>The columns of a file: their names, and where a block keeps the values of each.</summary>
internal sealed class CsvLayout
{
    /// <summary>How many schemas for rows of a wrong width are remembered.</summary>
    private const int MaxRemembered = 64;

    private readonly ConcurrentDictionary<int, Schema> _otherWidths = new();
    private readonly int[] _slots;

    public CsvLayout(Schema schema, ColumnType[] types)
    {
        Schema = schema;
        Types = types;
        TypedColumns = [.. Enumerable.Range(0, types.Length).Where(column => types[column] != ColumnType.String)];
        TextColumns = [.. Enumerable.Range(0, types.Length).Where(column => types[column] == ColumnType.String)];
        _slots = new int[types.Length];
        for (int slot = 0; slot < TextColumns.Length; slot++)
            _slots[TextColumns[slot]] = slot;
        for (int slot = 0; slot < TypedColumns.Length; slot++)
            _slots[TypedColumns[slot]] = slot;
    }

    /// <summary>For the rows before the first that can be read of a file without a header.</summary>
    public static CsvLayout Unknown { get; } = new(Schema.Empty, []);

    public Schema Schema { get; }

    public ColumnType[] Types { get; }

    /// <summary>The columns kept as text, in order.</summary>
    public int[] TextColumns { get; }

    /// <summary>The columns kept as objects, in order.</summary>
    public int[] TypedColumns { get; }

    /// <summary>The column's place among the text or among the typed columns.</summary>
    public int SlotOf(int column) => _slots[column];

    /// <summary>The name of a field, also beyond the columns.</summary>
    public string NameOf(int field) => field < Schema.Count ? Schema[field] : UniqueName(field, Schema.IndexOf);

    /// <summary>The columns of a row with this many fields: the first ones, or all and <c>col_N</c> for each one more.</summary>
    public Schema ForWidth(int fields)
    {
        if (fields == Schema.Count)
            return Schema;
        if (_otherWidths.TryGetValue(fields, out Schema? known))
            return known;
        var schema = new Schema(Enumerable.Range(0, fields).Select(NameOf));
        return _otherWidths.Count < MaxRemembered ? _otherWidths.GetOrAdd(fields, schema) : schema;
    }

    /// <summary><c>col_N</c> for the field N, from 0; with underscores after it while that is another column's name.</summary>
    /// <param name="field">The field's index.</param>
    /// <param name="indexOf">Finds a given name's index, or -1.</param>
    public static string UniqueName(int field, Func<string, int> indexOf)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"col_{field}");
        while (indexOf(name) >= 0)
            name += '_';
        return name;
    }
}
