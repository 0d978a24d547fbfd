using System.Collections.Concurrent;
using System.Globalization;
using EtlTools.Engine.Records;
using EtlTools.Engine.Transform;

namespace EtlTools.Engine.Extract.Csv;

/// <summary>The columns of a file: their names, their fields in a row, and where a block stores their values.</summary>
internal sealed class CsvLayout
{
    /// <summary>How many schemas for rows of the wrong width are remembered.</summary>
    private const int MaxRemembered = 64;

    private readonly ConcurrentDictionary<int, (Schema Schema, int[] Fields)> _otherWidths = new();
    private readonly int[] _slots;
    private bool[]? _inferred;

    /// <summary>Creates a layout.</summary>
    /// <param name="header">The names of all fields of a row, unique.</param>
    /// <param name="schema">The columns to read, with the names in their records.</param>
    /// <param name="fields">The field of each column.</param>
    /// <param name="types">The type of each column.</param>
    public CsvLayout(Schema header, Schema schema, int[] fields, ColumnType[] types)
    {
        Header = header;
        Schema = schema;
        Fields = fields;
        Types = types;
        int[] present = [.. fields.Where(field => field < header.Count)];
        WantedFields = present.Length < header.Count ? [.. present.Order()] : [];
        TypedColumns = [.. Enumerable.Range(0, types.Length).Where(column => types[column] != ColumnType.String)];
        TextColumns = [.. Enumerable.Range(0, types.Length).Where(column => types[column] == ColumnType.String)];
        _slots = new int[types.Length];
        for (int slot = 0; slot < TextColumns.Length; slot++)
            _slots[TextColumns[slot]] = slot;
        for (int slot = 0; slot < TypedColumns.Length; slot++)
            _slots[TypedColumns[slot]] = slot;
    }

    /// <summary>For the unreadable rows at the beginning of a file without a header.</summary>
    public static CsvLayout Unknown { get; } = new(Schema.Empty, Schema.Empty, [], []);

    /// <summary>The names of all fields.</summary>
    public Schema Header { get; }

    /// <summary>The columns of the records.</summary>
    public Schema Schema { get; }

    /// <summary>The field of each column; for a column that the file lacks, a field after every row's last one, so that it is always
    /// null.</summary>
    public int[] Fields { get; }

    /// <summary>The fields of all columns, in ascending order; empty if the columns are all fields.</summary>
    public int[] WantedFields { get; }

    public ColumnType[] Types { get; }

    /// <summary>Whether a column's type was inferred.</summary>
    public bool IsInferred(int column) => _inferred is not null && _inferred[column];

    /// <summary>The columns that identify a record.</summary>
    public int[] IdColumns { get; init; } = [];

    /// <summary>The columns that options name but the file lacks, by the name in the option.</summary>
    public IReadOnlyList<string> Missing { get; init; } = [];

    /// <summary>The number of columns up to the last one with a name of its own.</summary>
    public int LastNamed { get; init; }

    /// <summary>The fields of a row.</summary>
    public int Width => Header.Count;

    /// <summary>The columns kept as text, in order.</summary>
    public int[] TextColumns { get; }

    /// <summary>The columns kept as objects, in order.</summary>
    public int[] TypedColumns { get; }

    /// <summary>The column's index among the text or the typed columns.</summary>
    public int SlotOf(int column) => _slots[column];

    /// <summary>This layout with inferred types for text columns.</summary>
    public CsvLayout Infer(ColumnType[] guesses)
    {
        bool[] inferred = [.. Types.Select((type, column) => type == ColumnType.String && guesses[column] != ColumnType.String)];
        ColumnType[] types = [.. Types.Select((type, column) => inferred[column] ? guesses[column] : type)];
        return new CsvLayout(Header, Schema, Fields, types) { _inferred = inferred, IdColumns = IdColumns, LastNamed = LastNamed, Missing = Missing };
    }

    /// <summary>The name of a field: that of its column if it is read, also beyond the columns.</summary>
    public string NameOf(int field)
    {
        int column = Array.IndexOf(Fields, field);
        return column >= 0 ? Schema[column] : field < Header.Count ? Header[field] : UniqueName(field, IndexOfAny);

        int IndexOfAny(string name) => Math.Max(Schema.IndexOf(name), Header.IndexOf(name));
    }

    /// <summary>The columns of a row with this many fields, and their fields: the columns to read that the row has, and <c>col_N</c> for
    /// each extra field.</summary>
    public (Schema Schema, int[] Fields) ForWidth(int fields)
    {
        if (_otherWidths.TryGetValue(fields, out (Schema, int[]) known))
            return known;
        int[] places = [.. Fields.Where(field => field < fields), .. Enumerable.Range(Width, Math.Max(0, fields - Width))];
        (Schema, int[]) made = (new Schema(places.Select(NameOf)), places);
        return _otherWidths.Count < MaxRemembered ? _otherWidths.GetOrAdd(fields, made) : made;
    }

    /// <summary><c>col_N</c> for field N, from 0; underscores are appended while another column has that name.</summary>
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
