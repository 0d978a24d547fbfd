using System.Diagnostics.CodeAnalysis;
using EtlTools.Engine.DeadLetters;

namespace EtlTools.Engine.Records;

/// <summary>
/// One row on its way through the pipeline: a shared schema, the values, and where it came from. Values that nobody has
/// looked at stay in the source's block. A record belongs to one thread at a time.
/// </summary>
internal sealed class Record
{
    private static readonly object Unread = new();

    private object?[]? _values;
    private readonly RecordBlock? _block;
    private readonly int _row;
    private int _weight;

    /// <summary>A row of a block, its values still unread.</summary>
    public Record(Schema schema, RecordBlock block, int row)
    {
        Schema = schema;
        _block = block;
        _row = row;
    }

    /// <summary>A record of these values, in the schema's order; the array is taken, not copied.</summary>
    public Record(Schema schema, object?[] values)
    {
        ArgumentNullException.ThrowIfNull(schema);
        ArgumentNullException.ThrowIfNull(values);
        if (values.Length != schema.Count)
            throw new ArgumentException($"{values.Length} values for {schema.Count} columns.", nameof(values));
        Schema = schema;
        _values = values;
    }

    private Record(Record lineage, Schema schema, object?[]? values) : this(lineage, lineage._block, schema, values)
    {
    }

    private Record(Record lineage, RecordBlock? block, Schema schema, object?[]? values)
    {
        Schema = schema;
        _values = values;
        _block = block;
        _row = lineage._row;
    }

    /// <summary>The columns.</summary>
    public Schema Schema { get; private set; }

    /// <summary>Why the record failed, or null for a good one.</summary>
    public RecordError? Error { get; private set; }

    /// <summary>True when the record knows where it came from.</summary>
    public bool HasPosition => _block is not null;

    /// <summary>Where the record came from; the default where nothing is known.</summary>
    public SourcePosition Position => _block is null ? default : _block.GetPosition(_row);

    /// <summary>How a message about its error begins: with its position, or else its number where that is known.</summary>
    public string Place => HasPosition ? $"{Position}: " : Error?.Number is { } number ? FormattableString.Invariant($"record {number}: ") : "";

    /// <summary>The hash of the record's bytes in its source; 0 if there are none.</summary>
    public uint SourceHash => _block?.GetHash(_row) ?? 0;

    /// <summary>What stands before the record's position and at it; null where nothing is known.</summary>
    public SourceCheck? Check => _block?.GetCheck(_row);

    /// <summary>The record's identity, or null where nothing is known.</summary>
    public string? Id => _block?.GetId(_row);

    /// <summary>True if the source ended in the record, before its end: what is here may be a part of it.</summary>
    public bool IsUnfinished => _block?.IsUnfinished(_row) == true;

    /// <summary>Whether it is known that no further record comes from the same position: neither another row there, nor another part of what a
    /// stage made of this row.</summary>
    public bool IsLastAtPosition => _block?.IsLastAtPosition(_row) ?? true;

    /// <summary>The dead letter that the record was read back from; null for one that has not failed before.</summary>
    public DeadLetter? DeadLetter => _block?.GetDeadLetter(_row);

    /// <summary>The value of a column by its position.</summary>
    public object? this[int index]
    {
        get
        {
            object?[] values = _values ?? Unfold();
            object? value = values[index];
            return ReferenceEquals(value, Unread) ? values[index] = _block!.GetValue(_row, index) : value;
        }
        set => (_values ?? Unfold())[index] = value;
    }

    /// <summary>How many records it counts as where memory is bounded; see <see cref="RecordWeight"/>. The weight stays as it was when the
    /// record was weighed last, so that a stage releases what it has reserved.</summary>
    public int Weight => _weight > 0 ? _weight : Weigh();

    /// <summary>Weighs the record as it is now.</summary>
    public int Weigh() => _weight = Math.Max(_block?.RowWeight ?? 1, _values is null ? 1 : RecordWeight.Of(_values));

    /// <summary>The value of a column by its name, without regard to case.</summary>
    public bool TryGetValue(string name, out object? value)
    {
        int index = Schema.IndexOf(name);
        value = index < 0 ? null : this[index];
        return index >= 0;
    }

    /// <summary>Sets a column by its name; an unknown name becomes a new column at the end.</summary>
    public void Set(string name, object? value)
    {
        int index = Schema.IndexOf(name);
        if (index >= 0)
        {
            this[index] = value;
            return;
        }
        Schema extended = Schema.Append(name);
        var values = new object?[extended.Count];
        if (_values is null)
            Array.Fill(values, Unread);
        else
            _values.CopyTo(values, 0);
        values[^1] = value;
        _values = values;
        Schema = extended;
    }

    /// <summary>Somebody has changed a failed record by hand: it is a record like others, for every rule to judge anew.</summary>
    public void Mend() => Error = null;

    /// <summary>True while nobody has set or looked at any value.</summary>
    public bool IsUnread => _values is null;

    /// <summary>A value that was set or looked at before; false where it is still unread in its block.</summary>
    public bool TryGetRead(int index, out object? value)
    {
        value = _values?[index];
        return _values is not null && !ReferenceEquals(value, Unread);
    }

    /// <summary>Makes the array of values; whole before anybody can see it, since a record that a user kept may be read while
    /// a worker reads it.</summary>
    private object?[] Unfold()
    {
        var values = new object?[Schema.Count];
        Array.Fill(values, Unread);
        return Interlocked.CompareExchange(ref _values, values, null) ?? values;
    }

    /// <summary>The value as UTF-8 text straight from the source's buffer, where it is still unread text there.</summary>
    public bool TryGetUnreadUtf8(int index, out ReadOnlySpan<byte> utf8)
    {
        if (_block is not null && (_values is null || ReferenceEquals(_values[index], Unread)))
            return _block.TryGetUtf8(_row, index, out utf8);
        utf8 = default;
        return false;
    }

    /// <summary>A record of its own with the same values and lineage.</summary>
    public Record Clone() => new(this, Schema, OwnValues()) { Error = Error };

    private object?[]? OwnValues()
    {
        if (_values is null)
            return null;
        var values = new object?[_values.Length];
        for (int i = 0; i < values.Length; i++)
            values[i] = ReferenceEquals(_values[i], Unread) ? Unread : HostValues.Own(_values[i]);
        return values;
    }

    /// <summary>The same record, and another word of how it has failed before.</summary>
    internal Record WithDeadLetter(DeadLetter letter)
    {
        for (int i = 0; i < Schema.Count; i++)
            _ = this[i];
        return new Record(this, new DeadLetterBlock(Position, Id, letter), Schema, OwnValues()) { Error = Error };
    }

    /// <summary>The columns and values of another record with this one's lineage: what a stage makes of a record.</summary>
    public Record Derive(Record made)
    {
        ArgumentNullException.ThrowIfNull(made);
        for (int i = 0; i < made.Schema.Count; i++)
            _ = made[i];
        return new Record(this, made.Schema, made._values ?? []);
    }

    /// <summary>The same row with other columns; values that nobody has looked at stay unread.</summary>
    /// <param name="target">The columns.</param>
    /// <param name="map">Where each of them comes from.</param>
    /// <param name="keepsWeight">Whether the row stays in the stage that has weighed it.</param>
    internal Record Reshape(Schema target, ColumnMap map, bool keepsWeight = false)
    {
        RecordBlock? block = map.KeepsPositions ? _block : _block?.Through(map);
        int weight = keepsWeight ? _weight : 0;
        if (_values is null && !map.Adds)
            return new Record(this, block, target, null) { _weight = weight };
        var values = new object?[target.Count];
        for (int i = 0; i < values.Length; i++)
        {
            int source = map.SourceOf(i);
            values[i] = source < 0 ? null : _values is null || ReferenceEquals(_values[source], Unread) ? Unread : HostValues.Own(_values[source]);
        }
        return new Record(this, block, target, values) { _weight = weight };
    }

    /// <summary>This record as a part of what a stage made of a row, with another part behind it.</summary>
    internal Record BeforeAnotherPart() => new(this, _block?.Parts, Schema, _values) { Error = Error };

    /// <summary>This record as a failed one, with its values and lineage; the attempts of earlier runs are added.</summary>
    public Record Fail(RecordError error)
    {
        ArgumentNullException.ThrowIfNull(error);
        return new(this, Schema, _values) { Error = DeadLetter is { } letter ? error with { Attempts = letter.Attempts + error.Attempts } : error };
    }

    /// <summary>Gives the error the record's number, if it has none.</summary>
    public void NumberError(long number) => Error = Error!.Number is null ? Error with { Number = number } : Error;

    /// <summary>This failed record goes past commands that good ones pass through.</summary>
    public void Overtake() => Error = Error! with { HasOvertaken = true };

    /// <summary>The position, never a value: hosts and transcripts print it.</summary>
    [SuppressMessage("Style", "IDE0046", Justification = "Two ways to read it, one a line.")]
    public override string ToString()
    {
        string position = Position.ToString();
        return position.Length > 0 ? position : "record";
    }
}
